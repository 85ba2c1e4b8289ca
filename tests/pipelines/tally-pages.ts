/** Pages of lists as a sync commits them, without an API: for what is made of them. */
import { tally } from '../../pipelines/tally/index.ts';
import { partitionFolder } from '../../src/catalog/partition-layout.ts';
import { openSeries } from '../../src/commit/series.ts';
import type { Engine } from '../../src/pipeline/engine/bind.ts';
import type { PagePlan, RestCommit } from '../../src/source/rest/series.ts';

export interface ListedPage {
  readonly list: 'popular_shows' | 'trending_shows' | 'airing_today';
  /** `2026-01-31`: taken at 03:00 of that day. */
  readonly date: string;
  readonly results: readonly unknown[];
}

/** Commits pages in their order, each under an execution of its own. */
export async function landPages(engine: Engine, pages: Iterable<ListedPage>): Promise<void> {
  const { bronze } = tally.tables;
  if (bronze === undefined) throw new RangeError('the pipeline has no such table');
  const lake = await engine.lake();
  const series = openSeries<PagePlan, RestCommit>(lake, 'tally.sync', engine.effects);
  let { next } = await series.head();
  for (const { list, date, results } of pages) {
    const time = `${date}T03:00:00.000Z`;
    const receivedAtMs = Date.parse(time);
    const execution = { id: `page-${next}`, date };
    const key = `${bronze.location}${partitionFolder(bronze, [list, date])}${execution.id}.json`;
    const about = { ingestion_timestamp: time, execution_id: execution.id, data_type: list };
    const metadata = { ...about, environment: 'dev', api_version: '3', source: 'tmdb' };
    const page = { page: 1, results, total_pages: 1, total_results: results.length, _metadata: metadata };
    const bytes = Buffer.from(`${JSON.stringify(page)}\n`);
    const { etag } = await lake.put(key, bytes);
    const plan: PagePlan = {
      format: 1,
      execution,
      endpoint: list,
      page: 1,
      table: `${bronze.database}.${bronze.name}`,
      partition: [list, date],
      key,
      sha256: '',
      sizeBytes: bytes.length,
      records: results.length,
      receivedAtMs,
      changes: [],
    };
    await series.commit(next, { format: 1, kind: 'page', execution, committedAtMs: receivedAtMs, plan, etag });
    next += 1;
  }
}
