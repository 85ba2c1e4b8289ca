import { formatCount, formatDuration } from '../../base/units.ts';
import type { NamedQueryDefinition } from '../../query/definition.ts';
import { formatTable } from '../../query/format-table.ts';
import type { Queries } from '../../query/queries.ts';
import { footer } from '../../query/write-result.ts';
import type { SqlValue } from '../../sql/engine.ts';
import type { Demo } from './flow.ts';

/** Rows of a result that the demo shows. */
const shownRows = 10;

/** Runs one named query and shows its answer. */
export async function showQuery({ context }: Demo, queries: Queries, query: NamedQueryDefinition): Promise<void> {
  const { output, signal } = context;
  const result = await queries.run(query.sql, {
    signal,
    ...(query.database === undefined ? {} : { database: query.database }),
  });
  const rows: (readonly SqlValue[])[] = [];
  let count = 0;
  for await (const page of result.pages) {
    count += page.length;
    rows.push(...page.slice(0, shownRows - rows.length));
  }
  const summary = await result.summary();
  if (context.json) return;
  const { bold, dim } = output.style;
  const more = count > rows.length ? [dim(`… ${formatCount(count - rows.length)} more rows`)] : [];
  const table = formatTable(result.columns, rows, { width: Math.max(80, output.columns), cellWidth: 40 });
  await output.out(
    [bold(query.title), dim(query.description), table, ...more, dim(footer(summary)), '', ''].join('\n'),
  );
}

/** Runs every named query of the pipeline, one after the other. */
export async function showQueries(demo: Demo, queries: Queries): Promise<void> {
  const { engine, context, pipeline } = demo;
  const started = engine.effects.clock.monotonicMs();
  if (!context.json) context.output.err('\n');
  for (const { definition } of pipeline.queries) await showQuery(demo, queries, definition);
  const took = formatDuration(engine.effects.clock.monotonicMs() - started);
  if (context.json) return;
  const { green, dim } = context.output.errStyle;
  context.output.err(`${green('✓')} ${pipeline.queries.length} queries answered  ${dim(took)}\n\n`);
}
