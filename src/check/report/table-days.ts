import type { TableObject } from '../../catalog/catalog.ts';
import type { TableDefinition } from '../../catalog/definition.ts';
import { sqlString } from '../../duck/duck.ts';

/** Where a table's partitions say the day: a date in one column, or year, month and day in three; then the hour. */
export interface DayColumns {
  readonly day: readonly string[];
  readonly hour?: string;
}

/**
 * Undefined where the partitions don't begin with a day: then it can't be told of a row without reading it. The columns'
 * order and types say it, not their names: those differ where a field has one of them.
 */
export function dayColumns({ partitions }: Pick<TableDefinition, 'partitions'>): DayColumns | undefined {
  const columns = Object.entries(partitions);
  const [first, second, third, fourth] = columns;
  if (first?.[1] === 'date') return { day: [first[0]], ...(second?.[1] === 'int' ? { hour: second[0] } : {}) };
  if ([first, second, third].some((column) => column?.[1] !== 'int')) return undefined;
  const day = columns.slice(0, 3).map(([name]) => name);
  return { day, ...(fourth?.[1] === 'int' ? { hour: fourth[0] } : {}) };
}

/** The day of a partition's values, `2025-08-11`; undefined for one without (`__HIVE_DEFAULT_PARTITION__`). */
export function dayOf(values: readonly string[], { day }: DayColumns): string | undefined {
  const text = values
    .slice(0, day.length)
    .map((value) => value.padStart(2, '0'))
    .join('-');
  return /^\d{4}-\d\d-\d\d$/.test(text) ? text : undefined;
}

/** The condition that a row is of this day, in Athena's dialect, by the partition columns alone. */
export function dayCondition(day: string, { day: columns }: DayColumns): string {
  if (columns.length === 1) return `"${columns[0]}" = DATE ${sqlString(day)}`;
  const numbers = day.split('-').map(Number);
  return columns.map((name, i) => `"${name}" = ${numbers[i]}`).join(' AND ');
}

/** What a table holds of each day, by its registered objects. */
export interface DayVolume {
  readonly rows: number;
  readonly sizeBytes: number;
  readonly objects: number;
  /** Rows by hour, 0 to 23; empty where partitions are not by hour. */
  readonly hours: ReadonlyMap<number, number>;
}

export function volumeByDay(objects: readonly TableObject[], columns: DayColumns): ReadonlyMap<string, DayVolume> {
  const days = Map.groupBy(objects, ({ partition }) => dayOf(partition, columns) ?? '');
  days.delete('');
  return new Map([...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([day, of]) => [day, volumeOf(of, columns)]));
}

export function volumeOf(objects: readonly TableObject[], columns: DayColumns | undefined): DayVolume {
  const hours = new Map<number, number>();
  let [rows, sizeBytes] = [0, 0];
  for (const object of objects) {
    rows += object.rows;
    sizeBytes += object.sizeBytes;
    if (columns?.hour === undefined) continue;
    const hour = Number(object.partition[columns.day.length]);
    hours.set(hour, (hours.get(hour) ?? 0) + object.rows);
  }
  return { rows, sizeBytes, objects: objects.length, hours };
}
