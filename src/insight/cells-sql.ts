import type { DetectorDefinition } from './definition.ts';

/** What of a table a detector looks at: `[fromMs, toMs)`, UTC; whole steps. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The table, as its definition describes it. */
export interface WatchedTable {
  readonly database: string;
  readonly name: string;
  readonly partitions: Readonly<Record<string, string>>;
}

/**
 * One pass over the table: a row for each step and combination of dimension values that occurs, in the order of time.
 * Columns: the step's number since 1970, the dimensions in order, then for each measure in order its count, and for a
 * ratio the count that it is taken over. Athena's dialect.
 */
export function cellsSql(detector: DetectorDefinition, table: WatchedTable, range: TimeRange): string {
  const { time, stepMs, dimensions, measures } = detector;
  const columns = Object.values(dimensions).map(quoted);
  const counts = Object.values(measures).flatMap((measure) =>
    measure.measure === 'count'
      ? [`count_if(${measure.of})`]
      : [`count_if((${measure.over}) AND (${measure.of}))`, `count_if(${measure.over})`],
  );
  const step = `CAST(floor(to_unixtime(${quoted(time)}) / ${stepMs / 1000}) AS bigint)`;
  const groups = [step, ...columns].map((_, i) => String(i + 1)).join(', ');
  const [from, to] = [range.fromMs / 1000, range.toMs / 1000];
  const conditions = [
    `${quoted(time)} >= from_unixtime(${from})`,
    `${quoted(time)} < from_unixtime(${to})`,
    ...partitionConditions(table.partitions, range.fromMs),
  ];
  return `SELECT ${[step, ...columns, ...counts].join(', ')}
FROM ${quoted(table.database)}.${quoted(table.name)}
WHERE ${conditions.join(' AND ')}
GROUP BY ${groups} ORDER BY 1`;
}

/** Spares a table that is partitioned by day the days before the range. */
function partitionConditions(partitions: WatchedTable['partitions'], fromMs: number): readonly string[] {
  const isNumber = (name: string): boolean => partitions[name] === 'int' || partitions[name] === 'bigint';
  if (!['year', 'month', 'day'].every(isNumber)) return [];
  const from = new Date(fromMs);
  const [year, month, day] = [from.getUTCFullYear(), from.getUTCMonth() + 1, from.getUTCDate()];
  return [`(year > ${year} OR (year = ${year} AND (month > ${month} OR (month = ${month} AND day >= ${day}))))`];
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
