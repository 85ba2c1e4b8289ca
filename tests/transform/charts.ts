/** Charts of shows, a page an object, for the tests of jobs that take many records out of a row. */
import { gzipSync } from 'node:zlib';
import type { Effects } from '../../src/base/effects.ts';
import { partitionFolder } from '../../src/catalog/partition-layout.ts';
import { tableColumns } from '../../src/catalog/table-columns.ts';
import { openSeries } from '../../src/commit/series.ts';
import { byPartition, check, defineRecord, field, sqlJob, table } from '../../src/index.ts';
import type { Contributor } from '../../src/table/contribution.ts';
import type { BoundJob } from '../../src/transform/bound-job.ts';
import { tableRead } from '../../src/transform/records-in-row.ts';
import type { Bench } from './job-bench.ts';

const { optional } = field;

export const pages = table({
  database: 'media',
  name: 'chart_pages',
  record: defineRecord('chart-page', {
    fields: {
      page: field.int(),
      results: field.list(
        field.struct({
          id: optional(field.bigint()),
          name: optional(field.string()),
          plays: optional(field.double()),
          tags: optional(field.list(field.bigint())),
        }),
      ),
      about: field.struct({ kind: field.string(), taken: field.string() }),
    },
  }),
  location: 'charts/raw/',
  format: 'json',
  partitions: { kind: 'string', dt: 'string' },
  layout: '{kind}/dt={dt}/',
});

const shows = table({
  database: 'media',
  name: 'chart_shows',
  record: defineRecord('chart-show', {
    fields: {
      show_id: field.bigint(),
      title: field.string(),
      plays: field.double(),
      tags: optional(field.list(field.bigint())),
      taken: field.string(),
      kind: field.string(),
    },
  }),
  location: 'charts/shows/',
  format: 'parquet',
  compression: 'snappy',
  partitions: { kind: 'string', dt: 'string' },
  layout: '{kind}/dt={dt}/',
});

const contributor: Contributor = {
  series: 'charts',
  database: 'media',
  table: 'chart_pages',
  // The series holds what `landPage` wrote.
  contribution: (commit) => commit as ReturnType<Contributor['contribution']>,
};

export function chartJob(changes: Partial<Parameters<typeof sqlJob>[0]> = {}): BoundJob {
  const definition = sqlJob({
    from: 'pages',
    into: 'shows',
    each: { of: 'results', with: ['about'] },
    sql: {
      text: `SELECT id AS show_id, name AS title, coalesce(plays, 0) AS plays, tags, about.taken AS taken, about.kind AS kind
        FROM media.chart_pages`,
      path: 'shows.sql',
    },
    incremental: byPartition(),
    unique: { key: ['id'], as: ['show_id'], keep: 'latest' },
    checks: [check.row('has_title', "coalesce(name, '') <> ''"), check.range('plays', { min: 0 })],
    ...changes,
  });
  return {
    name: 'media.charts',
    definition,
    input: { table: tableRead(pages, definition.each), series: [contributor] },
    target: shows,
  };
}

export async function declareCharts({ catalog }: Bench): Promise<void> {
  for (const { database, name, record, partitions, location, format } of [pages, shows]) {
    const partitionKeys = Object.entries(partitions).map(([key, type]) => ({ name: key, type }));
    const columns = tableColumns({ record, partitions });
    await catalog.putTable({ database, name, columns, partitionKeys, location, format, parameters: {} }, 0);
  }
}

/** Commits one page of elements, a line of JSON; returns its key. */
export async function landPage(
  { store }: Bench,
  [kind, dt]: readonly [kind: string, dt: string],
  results: readonly unknown[],
  effects: Effects,
): Promise<string> {
  const series = openSeries<unknown, unknown>(store, 'charts', effects);
  const { next } = await series.head();
  const key = `charts/raw/${partitionFolder(pages, [kind, dt])}${String(next).padStart(4, '0')}.json.gz`;
  const page = { page: 1, results, about: { kind, taken: dt } };
  const { etag, sizeBytes } = await store.put(key, gzipSync(`${JSON.stringify(page)}\n`));
  const object = {
    key,
    etag,
    sizeBytes,
    rows: 1,
    records: results.length,
    partition: [kind, dt],
    arrivalMs: 1000 + next,
  };
  await series.commit(next, { objects: [object], replaces: [] });
  return key;
}

export function show(id: number, changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return { id, name: `Show ${id}`, plays: id / 2, tags: [18, 35], ...changes };
}
