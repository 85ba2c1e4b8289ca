import { PlayheadError } from '../../base/errors.ts';
import type { TableDefinition } from '../../catalog/definition.ts';

/** Into which partition of a job's table a partition of its input goes, as values in the tables' orders. */
export type PartitionMap = (input: readonly string[]) => readonly string[];

type Columns = Pick<TableDefinition, 'partitions'>;

/**
 * Each partition column of the target comes from those of the input: the same column (a day of its hours: `year`, `month`,
 * `day` of `year`, `month`, `day`, `hour`), or the day as a date and in parts. A target without partitions takes all.
 * Throws PH_CONFIG_INVALID with what `unmappedPartition` says.
 */
export function partitionMap(input: Columns, target: Columns, job: string): PartitionMap {
  const problem = unmappedPartition(input, target);
  if (problem !== undefined)
    throw new PlayheadError('PH_CONFIG_INVALID', `job ${job}: ${problem}`, { details: { job } });
  const makers = Object.keys(target.partitions).flatMap((name) => makerOf(name, Object.keys(input.partitions)) ?? []);
  return (values) => makers.map((make) => make(values));
}

/** Why the input's partitions can't say to which one of the target each goes; undefined where they can. */
export function unmappedPartition(input: Columns, target: Columns): string | undefined {
  const names = Object.keys(input.partitions);
  const lost = Object.keys(target.partitions).find((name) => makerOf(name, names) === undefined);
  if (lost === undefined) return undefined;
  return `its partition column "${lost}" does not follow from those of the table that the job reads, ${names.join(', ') || 'which has none'}: a partition is made anew from whole ones`;
}

const dates = ['date', 'dt'];
const dateParts = ['year', 'month', 'day'];

function makerOf(name: string, names: readonly string[]): ((values: readonly string[]) => string) | undefined {
  const same = names.indexOf(name);
  if (same >= 0) return (values) => values[same] ?? '';
  const parts = dateParts.map((part) => names.indexOf(part));
  if (dates.includes(name) && !parts.includes(-1))
    return (values) => parts.map((at, i) => (values[at] ?? '').padStart(i === 0 ? 4 : 2, '0')).join('-');
  const date = names.findIndex((other) => dates.includes(other));
  const part = dateParts.indexOf(name);
  if (date >= 0 && part >= 0) return (values) => (values[date] ?? '').split('-')[part] ?? '';
  return undefined;
}
