import { isServiceName } from '../../../services/catalogue.ts';
import { startServers } from '../../../services/up.ts';

// Holds servers until it is killed: `hold.ts STACK NAME …`. Says when they answer.
const [folder = '', ...names] = process.argv.slice(2);
await startServers({ folder }, names.filter(isServiceName), () => {});
process.stdout.write('ready\n');
setInterval(() => {}, 60_000);
