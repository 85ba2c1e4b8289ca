import type { TableDefinition } from '../catalog/definition.ts';
import { allEpochs, laneSeries } from '../commit/epoch.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { ContributedObject, Contributor } from '../table/contribution.ts';
import type { DeliveryCommit } from './plan.ts';
import { tableObjects } from './register.ts';

/** Names of the series of a delivery, of all its epochs and lanes. Empty before its first run. */
export async function deliverySeriesNames(lake: ObjectStore, delivery: string): Promise<readonly string[]> {
  const epochs = await allEpochs(lake, delivery);
  return epochs.flatMap(({ number, lanes }) =>
    Array.from({ length: lanes }, (_, lane) => laneSeries(delivery, number, lane)),
  );
}

/** The series of a delivery as what feeds its table. */
export async function deliveryContributors(
  lake: ObjectStore,
  delivery: string,
  table: TableDefinition,
): Promise<readonly Contributor[]> {
  return (await deliverySeriesNames(lake, delivery)).map((series) => deliveryContributor(series, table));
}

/** One series of a delivery. */
export function deliveryContributor(series: string, table: TableDefinition): Contributor {
  return {
    series,
    database: table.database,
    table: table.name,
    // The series holds what deliveries wrote, and each commit's format says which form.
    contribution: (commit) => ({ objects: objectsOf(series, table, commit as DeliveryCommit), replaces: [] }),
  };
}

function objectsOf(series: string, table: TableDefinition, commit: DeliveryCommit): readonly ContributedObject[] {
  if (commit.kind !== 'flushes') return [];
  const named = new Map(commit.objects.map((object) => [object.key, object]));
  return tableObjects(table, series, 0, commit).map(({ key, etag, rows, sizeBytes, partition }) => {
    const object = named.get(key);
    if (object === undefined) return { key, etag, rows, sizeBytes, partition };
    const [fromMs, toMs] = object.arrivalMs;
    const arrivals = { fromMs, toMs, ...(object.arrivals === undefined ? {} : { runs: object.arrivals }) };
    return { key, etag, rows, sizeBytes, partition, arrivalMs: fromMs, arrivals };
  });
}
