import { formatCount, formatDuration } from '../../base/units.ts';
import { curatedNames, onCurated } from '../../pipeline/graph/curated-names.ts';
import type { NamedQueryDefinition } from '../../query/definition.ts';
import { formatTable } from '../../query/format-table.ts';
import type { Queries } from '../../query/queries.ts';
import { footer } from '../../query/write-result.ts';
import type { SqlValue } from '../../sql/engine.ts';
import type { Context } from '../context.ts';
import type { Demo } from './flow.ts';
import type { DemoPipeline } from './pipeline.ts';

/** What is needed to show named queries. */
export interface QueriesShown extends Pick<Demo, 'engine' | 'context'> {
  readonly pipeline: Pick<DemoPipeline, 'pipeline' | 'queries'>;
}

/** Rows of a result that the demo shows. */
const shownRows = 10;

/** Answers the pipeline's first named query on what has arrived so far. */
export async function showFirstAnswer(demo: Demo, queries: Queries): Promise<void> {
  const [first] = demo.pipeline.queries;
  if (!demo.context.json) demo.context.output.err('\n');
  if (first !== undefined) await showQuery(demo, queries, first.definition);
}

/** Runs one query and shows its answer. */
async function showQuery(
  { context }: { readonly context: Context },
  queries: Queries,
  query: NamedQueryDefinition,
): Promise<void> {
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
    [
      bold(query.title),
      ...(query.description === '' ? [] : [dim(query.description)]),
      table,
      ...more,
      dim(footer(summary)),
      '',
      '',
    ].join('\n'),
  );
}

/** Runs every named query of the pipeline on its curated tables, one after the other. */
export async function showQueries(demo: QueriesShown, queries: Queries): Promise<void> {
  const { engine, context, pipeline } = demo;
  const { json, output } = context;
  const moved = curatedNames(engine.pipelines, pipeline.pipeline.name);
  const asked = [...moved].filter(([landing]) =>
    pipeline.queries.some(({ definition: { sql } }) => sql.includes(landing)),
  );
  const note = asked.map(([landing, curated]) => `${curated} (each also runs on ${landing})`).join(', ');
  if (!json) output.err(`\n${output.errStyle.bold('The named queries')}${note === '' ? '' : `, on ${note}`}\n\n`);
  const started = engine.effects.clock.monotonicMs();
  for (const { definition } of pipeline.queries) {
    await showQuery(demo, queries, { ...definition, sql: onCurated(definition.sql, moved) });
  }
  const took = formatDuration(engine.effects.clock.monotonicMs() - started);
  if (json) return;
  const { green, dim } = output.errStyle;
  output.err(`${green('✓')} ${pipeline.queries.length} queries answered  ${dim(took)}\n\n`);
}
