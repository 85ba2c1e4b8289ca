import { commitsHolding } from '../commit/packed-commits.ts';
import { deliverySeriesNames } from '../delivery/contributors.ts';
import { type DeliveryCommit, objectsIn } from '../delivery/plan.ts';
import type { Addressed } from './address.ts';
import type { Engine } from './bind.ts';

/** What a delivery could not parse, by what its commits say; the lake's lifecycle may have taken objects since. */
export interface ErroredRecords {
  readonly delivery: string;
  readonly records: number;
  /** Keys of the objects that hold them, in the order of their commits. */
  readonly objects: readonly string[];
}

export async function erroredRecords(engine: Engine, { address }: Addressed<'delivery'>): Promise<ErroredRecords> {
  const lake = await engine.lake();
  const rows = new Map<string, number>();
  for (const series of await deliverySeriesNames(lake, address))
    for await (const { commit } of commitsHolding<DeliveryCommit>(lake, series, '"kind":"error"'))
      for (const object of objectsIn(commit)) if (object.kind === 'error') rows.set(object.key, object.rows);
  return {
    delivery: address,
    records: [...rows.values()].reduce((sum, each) => sum + each, 0),
    objects: [...rows.keys()],
  };
}
