import type { TableDefinition } from '../../catalog/definition.ts';
import { calendarOf } from '../bucket.ts';
import { partitionMap } from './partition-map.ts';

type Columns = Pick<TableDefinition, 'partitions'>;

/**
 * Into which partitions of a job's table a partition of its input goes: its own, first, and those of the days after, of a
 * job that reads `daysBefore` besides. Throws what `partitionMap` throws.
 */
export function partitionsMadeOf(
  input: Columns,
  target: Columns,
  job: string,
  daysBefore = 0,
): (input: readonly string[]) => readonly (readonly string[])[] {
  const map = partitionMap(input, target, job);
  const calendar = calendarOf(Object.keys(target.partitions));
  if (daysBefore === 0 || calendar === undefined) return (values) => [map(values)];
  return (values) => {
    const own = map(values);
    const day = calendar.bucketOf(own);
    return [own, ...Array.from({ length: daysBefore }, (_, i) => calendar.valuesOf(day + i + 1))];
  };
}

/** Why a job cannot read days before; undefined where each partition of its table is a day. */
export function daysProblem({ partitions }: Columns): string | undefined {
  const names = Object.keys(partitions);
  if (calendarOf(names)?.periodMs === 86_400_000) return undefined;
  return `is for a table whose partitions are days, and its are by ${names.join(', ') || 'nothing'}`;
}
