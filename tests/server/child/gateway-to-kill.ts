// A gateway that its parent kills: `folder`. Says its address and a token, and takes records until it is dead.
import { systemEffects } from '../../../src/base/effects.ts';
import { openGateway } from '../open-gateway.ts';

const [folder = ''] = process.argv.slice(2);
const server = await openGateway({ folder, effects: systemEffects() });
const { token } = await server.keys.issue('parent', ['write:*']);
const url = await server.listen('127.0.0.1', 0);
process.stdout.write(`${url} ${token}\n`);
