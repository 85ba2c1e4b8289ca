import type { CatalogTable } from '../catalog/catalog.ts';
import { type DuckSession, sqlIdentifier, sqlString } from '../duck/duck.ts';
import { hiveNull } from '../lake/hive-layout.ts';
import { type Filter, filterCondition } from '../sql/pruning/filter.ts';
import { duckTypeOf } from './column-type.ts';

const fieldMark = '\u001f';
const rowMark = '\u001e';

/**
 * The partitions whose rows can pass the filter. The query's own conditions are evaluated by DuckDB over the typed
 * partition values, with all that is not about them unknown; a partition goes only where the whole IS FALSE. Where the
 * conditions can't be evaluated (a cast that fails), every partition stays: the query itself will say what is wrong.
 * The macros that the conditions call are there already.
 */
export async function prunePartitions(
  session: DuckSession,
  table: CatalogTable,
  partitions: readonly (readonly string[])[],
  filter: Filter,
): Promise<readonly (readonly string[])[]> {
  const names = table.partitionKeys.map((key) => key.name.toLowerCase());
  const condition = filterCondition(filter, new Set(names));
  const hasMark = partitions.some((values) =>
    values.some((value) => value.includes(fieldMark) || value.includes(rowMark)),
  );
  if (condition === undefined || partitions.length === 0 || hasMark) return partitions;
  // One text, split in DuckDB: a VALUES list of ten thousand rows takes the parser longer than the query.
  const text = partitions.map((values, i) => [String(i), ...values].join(fieldMark)).join(rowMark);
  const columns = table.partitionKeys.map(
    (key, i) =>
      `TRY_CAST(nullif(v[${i + 2}], ${sqlString(hiveNull)}) AS ${duckTypeOf(key.type)}) AS ${sqlIdentifier(key.name)}`,
  );
  const rows = `SELECT string_split(unnest(string_split(${sqlString(text)}, chr(30))), chr(31)) AS v`;
  try {
    const kept = await session.all(
      `SELECT athena_i FROM (SELECT CAST(v[1] AS INTEGER) AS athena_i, ${columns.join(', ')} FROM (${rows})) WHERE (${condition}) IS NOT FALSE ORDER BY athena_i`,
    );
    return kept.rows.flatMap(([i]) => {
      const values = partitions[Number(i)];
      return values === undefined ? [] : [values];
    });
  } catch {
    return partitions;
  }
}
