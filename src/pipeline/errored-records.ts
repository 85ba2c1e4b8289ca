import { readDelivery } from '../ledger/delivery-ledger.ts';
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
  const { objects } = await readDelivery(await engine.lake(), address, undefined);
  const errors = objects.filter(({ holds }) => holds === 'error');
  return {
    delivery: address,
    records: errors.reduce((sum, { rows }) => sum + rows, 0),
    objects: errors.map(({ key }) => key),
  };
}
