// A writer that its parent wants dead: `directory source total step nth`. Appends records up to `total` from where the
// log says that its source stands, and kills itself with SIGKILL when `step` is reached for the nth time.
import { systemEffects } from '../../src/base/effects.ts';
import { openEmbeddedStream } from '../../src/stream/embedded/open.ts';
import { filesWith } from './faulty-files.ts';
import { numbered } from './records.ts';

const [directory = '', source = '', total = '', fatalStep = '', nth = ''] = process.argv.slice(2);
let left = Number(nth);

function reached(step: string): void {
  if (step !== fatalStep) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}

const fs = filesWith((file) => {
  const writev = file.writev.bind(file);
  file.writev = async (parts, at) => {
    const [first] = parts;
    if (fatalStep === 'half-written' && left === 1 && first !== undefined) await writev([first], at);
    reached('half-written');
    return writev(parts, at);
  };
});

const log = await openEmbeddedStream(directory, systemEffects({ fs, reached }), { segmentBytes: 2000 });
const appends: Promise<unknown>[] = [];
for (let next = Number((await log.lastSequence('t', source)) ?? -1n) + 1; next < Number(total); next += 20) {
  const batch = numbered(next, Math.min(next + 20, Number(total)), (n) => `${source}-${n % 7}`);
  appends.push(log.append({ topic: 't', source, firstSequence: BigInt(next), batch }));
  if (appends.length % 3 === 0) await Promise.all(appends);
}
await Promise.all(appends);
await log.close();
