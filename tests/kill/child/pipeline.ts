// A process that its parent wants struck: one argument, the JSON of `ChildOrders`. It does its work; when the step is reached
// for the nth time, it says so on standard output and kills itself, or stands still until its parent, which stops and
// continues it, writes a byte to its standard input.
import { readSync, writeSync } from 'node:fs';
import { systemEffects } from '../../../src/base/effects.ts';
import { isPlayheadError } from '../../../src/base/errors.ts';
import type { ObjectStore } from '../../../src/lake/object-store.ts';
import { atWork, type ChildOrders } from '../child-orders.ts';
import { openSmallHome } from '../small-home.ts';
import { ignoringConditions, packingOtherwise } from '../unconditional-lake.ts';

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

function lakeOf(lake: ObjectStore): ObjectStore {
  const packed = orders.packsOtherwise === true ? packingOtherwise(lake) : lake;
  return orders.ignored === undefined ? packed : ignoringConditions(packed, orders.ignored);
}

const home = await openSmallHome(orders.home, effects, lakeOf);
writeSync(1, `${atWork}\n`);
try {
  await home.work[orders.work](orders.extent, orders.leaseTtlMs);
} catch (error) {
  // Who was overtaken gives up, for the other has done its work.
  const overtaken = isPlayheadError(error, 'PH_LEASE_LOST') || isPlayheadError(error, 'PH_COMMIT_CONFLICT');
  if (orders.signal !== 'SIGSTOP' || orders.work !== 'curate' || !overtaken) throw error;
} finally {
  await home.close();
}
