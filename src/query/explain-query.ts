import { formatBytes, formatCount } from '../base/units.ts';
import { engineError } from '../sql/engine-error.ts';
import type { QueryStatement } from '../sql/statement.ts';
import { fixedResult } from './fixed-result.ts';
import { prepareQuery, type QueryKernel } from './prepare.ts';
import type { PreparedQuery } from './prepared-query.ts';
import { queryFailure } from './query-failure.ts';
import { fullName } from './read-tables.ts';
import { summarise } from './run-query.ts';
import type { QueryOptions, QueryResult } from './settings.ts';

/** What the query would read, the SQL that runs, and DuckDB's plan; with ANALYZE it runs, and the plan has times. */
export async function explainQuery(
  kernel: QueryKernel,
  statement: Extract<QueryStatement, { kind: 'explain' }>,
  options: QueryOptions,
  elapsed: () => number,
): Promise<QueryResult> {
  const prepared = await prepareQuery(kernel, statement.query, options);
  await using _held = prepared.held;
  const { duck } = kernel.ports;
  await using session = await duck.connect();
  const word = statement.analyze ? 'EXPLAIN ANALYZE' : 'EXPLAIN';
  try {
    await session.run('SET errors_as_json = true');
    await session.run(prepared.setup.join(';\n'));
    const plan = await session.all(`${word} ${prepared.translation.sql}`);
    const sql = withTableNames(prepared, prepared.translation.sql);
    const shown = plan.rows.flatMap(planLines).map((line) => withTableNames(prepared, line));
    const lines = [...readLines(prepared), '', sql, '', ...shown];
    const summary = await summarise(prepared, 1, false, elapsed(), duck);
    const cost = statement.analyze ? summary : { estimates: summary.estimates };
    return fixedResult(
      [{ name: 'Query Plan', type: 'string' }],
      lines.map((line) => [line]),
      elapsed,
      { ...cost, rows: lines.length },
    );
  } catch (error) {
    throw await queryFailure(engineError(error, prepared.translation.sql, `${word} `), prepared, kernel.effects);
  }
}

function readLines({ reads, bound }: PreparedQuery): readonly string[] {
  const tables = reads.map(({ table, files, kept, partitions }) => {
    const pruned =
      table.partitionKeys.length === 0
        ? ''
        : `, ${formatCount(kept.length)} of ${formatCount(partitions.length)} partitions`;
    return `${fullName(table)}: ${formatCount(files.length)} objects${pruned}`;
  });
  const bytes = bound.coldBytes + bound.hotBytes;
  return reads.length === 0 ? ['reads no table'] : [...tables, `scans at most ${formatBytes(bytes)}`];
}

/** The tables by their own names, where the SQL that runs reads views made for it. */
function withTableNames({ reads }: PreparedQuery, text: string): string {
  return reads.reduce(
    (told, { mention, table }) => told.replaceAll(mention.identifier, `${table.database}.${table.name}`),
    text,
  );
}

function planLines(row: readonly unknown[]): readonly string[] {
  return String(row[1] ?? '').split('\n');
}
