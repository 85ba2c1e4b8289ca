// A process that its parent wants struck: one argument, the JSON of `ChildOrders`; where it is struck stands in its fault plan.
import { systemEffects } from '../../../src/base/effects.ts';
import { isPlayheadError } from '../../../src/base/errors.ts';
import { struckEffects } from '../../../src/check/chaos/struck-process.ts';
import type { ObjectStore } from '../../../src/lake/object-store.ts';
import type { ChildOrders } from '../child-orders.ts';
import { openSmallHome } from '../small-home.ts';
import { ignoringConditions, packingOtherwise } from '../unconditional-lake.ts';

// `as`: the parent wrote it.
const orders = JSON.parse(process.argv[2] ?? '') as ChildOrders;

function lakeOf(lake: ObjectStore): ObjectStore {
  const packed = orders.packsOtherwise === true ? packingOtherwise(lake) : lake;
  return orders.ignored === undefined ? packed : ignoringConditions(packed, orders.ignored);
}

const home = await openSmallHome(orders.home, struckEffects(systemEffects()), lakeOf);
try {
  await home.work[orders.work](orders.extent, orders.leaseTtlMs);
} catch (error) {
  // Who was overtaken gives up, for the other has done its work.
  const overtaken = isPlayheadError(error, 'PH_LEASE_LOST') || isPlayheadError(error, 'PH_COMMIT_CONFLICT');
  if (orders.signal !== 'SIGSTOP' || orders.work !== 'curate' || !overtaken) throw error;
} finally {
  await home.close();
}
