import { type ColumnText, glueColumns } from '../record/columns.ts';
import type { TableDefinition } from './definition.ts';

/** A table's columns besides its partition columns. A field that is a partition column too is in the objects, and listed once, as that. */
export function tableColumns({
  record,
  partitions,
}: Pick<TableDefinition, 'record' | 'partitions'>): readonly ColumnText[] {
  return glueColumns(record).filter(({ name }) => !isPartition(partitions, name));
}

/** Whether a field of this name is a partition column: names are the same in any case. */
export function isPartition(partitions: TableDefinition['partitions'], name: string): boolean {
  return Object.keys(partitions).some((key) => key.toLowerCase() === name.toLowerCase());
}
