// A process that its parent wants struck: one argument, the JSON of `ChildOrders`. It does its work; when the step is reached
// for the nth time, it says so on standard output and kills itself, or stands still until its parent, which stops and
// continues it, writes a byte to its standard input.
import { readSync, writeSync } from 'node:fs';
import { systemEffects } from '../../../src/base/effects.ts';
import { isPlayheadError } from '../../../src/base/errors.ts';
import type { ChildOrders } from '../child-orders.ts';
import { openSmallCuration } from '../small-curation.ts';
import { openSmallPipeline } from '../small-pipeline.ts';

// `as`: the parent wrote it.
const orders = JSON.parse(process.argv[2] ?? '') as ChildOrders;
let left = orders.nth;

const effects = systemEffects({
  reached: (step) => {
    if (orders.step !== 'any' && orders.step !== step) return;
    left -= 1;
    if (left !== 0) return;
    writeSync(1, `${step}\n`);
    if (orders.signal === 'SIGKILL') process.kill(process.pid, 'SIGKILL');
    else readSync(0, Buffer.alloc(1));
  },
});
const pipeline = await openSmallPipeline(orders.home, effects);
if (orders.work === 'produce') await pipeline.produce(orders.total);
else if (orders.work === 'deliver') await pipeline.deliver({ leaseTtlMs: orders.leaseTtlMs });
else await curate();
await pipeline.close();

async function curate(): Promise<void> {
  const curation = await openSmallCuration(orders.home, pipeline.ports, effects);
  try {
    await curation.curate();
  } catch (error) {
    // Who was overtaken gives up, for the other has done its work.
    const overtaken = isPlayheadError(error, 'PH_LEASE_LOST') || isPlayheadError(error, 'PH_COMMIT_CONFLICT');
    if (orders.signal !== 'SIGSTOP' || !overtaken) throw error;
  } finally {
    await curation.close();
  }
}
