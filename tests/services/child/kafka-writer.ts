// A writer that its parent wants dead: `brokers source total step nth`. Appends records up to `total` from where the log
// says that its source stands, and kills itself with SIGKILL when `step` is reached for the nth time.
import { systemEffects } from '../../../src/base/effects.ts';
import { openKafkaStream } from '../../../src/stream/kafka/open.ts';
import { numbered } from '../../stream/records.ts';

const [brokers = '', source = '', total = '', fatalStep = '', nth = ''] = process.argv.slice(2);
let left = Number(nth);

function reached(step: string): void {
  if (step !== fatalStep) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}

const log = await openKafkaStream({ brokers: brokers.split(',') }, systemEffects({ reached }));
for (let next = Number((await log.lastSequence('t', source)) ?? -1n) + 1; next < Number(total); next += 20) {
  const batch = numbered(next, Math.min(next + 20, Number(total)), (n) => `${source}-${n % 7}`);
  await log.append({ topic: 't', source, firstSequence: BigInt(next), batch });
}
await log.close();
