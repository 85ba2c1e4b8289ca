import type { Catalog } from '../catalog/catalog.ts';
import type { TableDefinition } from '../catalog/definition.ts';
import { serdePrefix } from '../catalog/table-parameters.ts';
import type { Contributor } from '../table/contribution.ts';
import { ensureQuarantineTable, quarantineTableName } from '../table/quarantine-table.ts';
import type { DeliveryDefinition } from './definition.ts';
import { type DeliveryCommit, objectsIn } from './plan.ts';
import { literalStart, parsePrefix } from './prefix.ts';

/** The columns of what a delivery could not parse, each with its field of the error record (`errorLine`). */
const columns = [
  { name: 'reason', type: 'string', field: 'errorCode' },
  { name: 'message', type: 'string', field: 'errorMessage' },
  { name: 'raw_data', type: 'string', field: 'rawData', comment: 'The bytes as they came, in base64' },
  { name: 'stream_partition', type: 'int', field: 'partition' },
  { name: 'position', type: 'bigint', field: 'position', comment: 'Where it stands in its partition of the stream' },
  { name: 'arrived_ms', type: 'bigint', field: 'arrivalTimestamp' },
] as const;

/** Creates the table of what the delivery into `target` could not parse, where there is none. */
export async function ensureErrored(
  catalog: Catalog,
  delivery: string,
  { errorPrefix }: DeliveryDefinition,
  target: TableDefinition,
): Promise<void> {
  const start = literalStart(parsePrefix(errorPrefix));
  const mapping = columns.map(({ name, field }) => [`${serdePrefix}mapping.${name}`, field]);
  await ensureQuarantineTable(catalog, target, {
    columns: columns.map(({ field: _, ...column }) => column),
    location: start.slice(0, start.lastIndexOf('/') + 1),
    format: 'json',
    parameters: { classification: 'json', ...Object.fromEntries(mapping) },
    series: delivery,
  });
}

/** What a series of the delivery into `target` put under the error prefix. */
export function erroredContributor(series: string, target: TableDefinition): Contributor {
  return {
    series,
    database: target.database,
    table: quarantineTableName(target),
    contribution: (commit) => ({
      // The series holds what deliveries wrote, and each commit's format says which form.
      objects: objectsIn(commit as DeliveryCommit)
        .filter(({ kind }) => kind === 'error')
        .map(({ key, etag, rows, sizeBytes }) => ({ key, etag, rows, sizeBytes, partition: [] })),
      replaces: [],
    }),
  };
}
