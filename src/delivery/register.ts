import { PlayheadError } from '../base/errors.ts';
import type { TableObject } from '../catalog/catalog.ts';
import type { TableDefinition } from '../catalog/definition.ts';
import { partitionValues } from '../catalog/partition-layout.ts';
import type { DeliveryCommit } from './plan.ts';

/** The objects of a commit as the catalog knows them; their partition values are those of their keys. */
export function tableObjects(
  table: TableDefinition,
  series: string,
  number: number,
  commit: DeliveryCommit,
): TableObject[] {
  if (commit.kind !== 'flushes') return [];
  return commit.objects
    .filter(({ kind }) => kind === 'data')
    .map(({ key, etag, rows, sizeBytes }) => ({
      key,
      etag,
      rows,
      sizeBytes,
      partition: partitionOf(table, key),
      series,
      commit: number,
    }));
}

function partitionOf(table: TableDefinition, key: string): string[] {
  const values = key.startsWith(table.location) ? partitionValues(table, key.slice(table.location.length)) : undefined;
  if (values !== undefined) return [...values];
  const names = Object.keys(table.partitions);
  throw new PlayheadError('PH_CONFIG_INVALID', `${key} is not in a partition of ${table.database}.${table.name}`, {
    hint: `let the delivery's prefix begin with ${table.location} and hold the folders ${names.map((name) => `${name}=…`).join(', ')}`,
    details: { key, location: table.location, partitions: names },
  });
}
