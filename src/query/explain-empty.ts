import { suggestion } from '../base/nearest.ts';
import { formatCount } from '../base/units.ts';
import { partitionName, samePartitionValue } from '../catalog/partition-value.ts';
import { type DuckSession, sqlIdentifier, sqlString } from '../duck/duck.ts';
import { requiredEqualities } from '../sql/pruning/filter.ts';
import type { TableRead } from './read-set.ts';
import { fullName } from './read-tables.ts';
import { comparePartitions } from './scan-bound.ts';

/** Bytes that may be read again to find out why a query found nothing. */
const mostBytes = 256 * 1024 ** 2;

/**
 * Why a query gave no rows, where that can be told: a table without data, a partition that is not there (with the
 * nearest that is), a value that no row has. `session` still has the query's views.
 */
export async function explainEmpty(reads: readonly TableRead[], session: DuckSession): Promise<string | undefined> {
  for (const read of reads) {
    const reason = missingPartition(read);
    if (reason !== undefined) return reason;
  }
  for (const read of reads) {
    const reason = await missingValue(read, session);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function missingPartition(read: TableRead): string | undefined {
  const { table, files, partitions, kept, mention } = read;
  const name = fullName(table);
  if (table.partitionKeys.length > 0 && partitions.length > 0 && kept.length === 0) {
    const wanted = new Map(requiredEqualities(mention.filter).map(({ column, value }) => [column, value]));
    const asked = table.partitionKeys.flatMap((key) => {
      const value = wanted.get(key.name.toLowerCase());
      return value === undefined ? [] : [`${key.name}=${value}`];
    });
    const target = table.partitionKeys.map((key) => wanted.get(key.name.toLowerCase()));
    const what =
      asked.length === 0 ? `no partition of ${name} passes the filter` : `no partition ${asked.join('/')} in ${name}`;
    return `${what}; nearest ${partitionName(table, nearestPartition(read, target))}`;
  }
  if (files.length > 0) return undefined;
  if (partitions.length === 0 || table.partitionKeys.length === 0) return `${name} has no data yet`;
  return `the ${formatCount(kept.length)} partitions of ${name} that the query reads are empty`;
}

/** The partition that agrees with most of the wanted values from the outermost key on; of those, the closest. */
function nearestPartition(
  { table, partitions }: TableRead,
  target: readonly (string | undefined)[],
): readonly string[] {
  const agreement = (values: readonly string[]): number => {
    const different = target.findIndex(
      (value, i) =>
        value !== undefined && !samePartitionValue(table.partitionKeys[i]?.type ?? '', value, values[i] ?? ''),
    );
    return different < 0 ? target.length : different;
  };
  const best = Math.max(...partitions.map(agreement));
  const candidates = partitions.filter((values) => agreement(values) === best).sort(comparePartitions);
  const wanted = target.map((value, i) => value ?? candidates.at(-1)?.[i] ?? '');
  const below = candidates.filter((values) => comparePartitions(values, wanted) <= 0);
  return below.at(-1) ?? candidates[0] ?? [];
}

/** More different values of a column are not told one by one. */
const mostValues = 200;

async function missingValue(read: TableRead, session: DuckSession): Promise<string | undefined> {
  const { table, mention, files, kept } = read;
  if (files.reduce((sum, file) => sum + file.sizeBytes, 0) > mostBytes) return undefined;
  const columns = new Set(table.columns.map((column) => column.name.toLowerCase()));
  for (const { column, value } of requiredEqualities(mention.filter)) {
    if (!columns.has(column)) continue;
    const [view, name] = [sqlIdentifier(mention.identifier), sqlIdentifier(column)];
    const text = `CAST(${name} AS VARCHAR)`;
    const found = await session.all(
      `SELECT ${text}, count(*) FROM ${view} GROUP BY 1 ORDER BY ${text} = ${sqlString(value)} DESC NULLS LAST, 2 DESC LIMIT ${mostValues}`,
    );
    const values = found.rows.map(([cell]) => (cell === null ? 'NULL' : String(cell)));
    if (values.some((cell) => cell === value || (cell !== '' && Number(cell) === Number(value)))) continue;
    const where =
      table.partitionKeys.length === 0
        ? fullName(table)
        : `the ${formatCount(kept.length)} partitions of ${fullName(table)} that it reads`;
    // Of a column with more values than are looked at, any few would be somebody's ids, and of no help.
    const hint = values.length < mostValues ? suggestion(value, values) : '';
    return `no row of ${where} has ${column} = '${value}'. ${hint}`.trim();
  }
  return undefined;
}
