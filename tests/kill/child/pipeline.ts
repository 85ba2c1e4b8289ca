// A process that its parent wants struck: one argument, the JSON of `ChildOrders`. It does its work; when the step is reached
// for the nth time, it says so on standard output and kills itself, or stands still until its parent, which stops and
// continues it, writes a byte to its standard input.
import { readSync, writeSync } from 'node:fs';
import { systemEffects } from '../../../src/base/effects.ts';
import type { ChildOrders } from '../child-orders.ts';
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
else await pipeline.deliver({ leaseTtlMs: orders.leaseTtlMs });
await pipeline.close();
