/** A lake, a catalog and a landing series for the tests of jobs; nothing here decides what a test asserts. */
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Effects } from '../../src/base/effects.ts';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { type TableDefinition, table } from '../../src/catalog/definition.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { openSeries } from '../../src/commit/series.ts';
import { type Duck, openDuck, sqlStringList } from '../../src/duck/duck.ts';
import { openFileStore } from '../../src/lake/file.ts';
import type { ObjectStore } from '../../src/lake/object-store.ts';
import { glueColumns } from '../../src/record/columns.ts';
import { defineRecord } from '../../src/record/define-record.ts';
import { field } from '../../src/record/field.ts';
import type { Arrivals } from '../../src/table/arrivals.ts';
import type { Contributor } from '../../src/table/contribution.ts';
import { versionFile } from '../../src/table/retained.ts';
import type { BoundJob } from '../../src/transform/bound-job.ts';
import { byHour, sqlJob } from '../../src/transform/definition.ts';
import { jobContributor } from '../../src/transform/job-plan.ts';

const plays = defineRecord('play', {
  fields: {
    id: field.string({ pattern: '^P[0-9]+$' }),
    at: field.string({ format: 'iso-timestamp' }),
    seconds: field.int({ min: 0, max: 86_400 }),
    share: field.double({ min: 0, max: 100 }),
    device: field.string({ oneOf: ['tv', 'web'] }),
    city: field.string(),
  },
});

const curatedPlays = defineRecord('curated-play', {
  fields: { ...plays.fields, played: field.timestamp() },
});

const hourly = { year: 'int', month: 'int', day: 'int', hour: 'int' } as const;

const landing = table({
  database: 'media',
  name: 'plays_json',
  record: plays,
  location: 'landing/',
  format: 'json',
  partitions: hourly,
});

const curated = table({
  database: 'media',
  name: 'plays',
  record: curatedPlays,
  location: 'curated/plays/',
  format: 'parquet',
  partitions: hourly,
});

/** Landing has several series, as a delivery of several lanes has. */
const contributors = ['landing', 'landing-1000', 'landing-2000'].map(
  (series): Contributor => ({
    series,
    database: 'media',
    table: 'plays_json',
    contribution: (commit) => commit as ReturnType<Contributor['contribution']>,
  }),
);

export function curateJob(changes: Partial<Parameters<typeof sqlJob>[0]> = {}): BoundJob {
  return {
    name: 'media.curate',
    definition: sqlJob({
      from: 'landing',
      into: 'curated',
      sql: {
        text: 'SELECT id, at, seconds, share, device, city, from_iso8601_timestamp(at) AS played FROM media.plays_json',
        path: 'curate.sql',
      },
      rows: 'one-to-one',
      incremental: byHour('at'),
      unique: { key: ['id'] },
      ...changes,
    }),
    input: { table: landing, series: contributors },
    target: curated,
  };
}

const days = table({
  database: 'media',
  name: 'play_days',
  record: defineRecord('play-day', {
    fields: { device: field.string(), plays: field.bigint(), seconds: field.bigint(), hours: field.bigint() },
  }),
  location: 'curated/play-days/',
  format: 'parquet',
  partitions: { year: 'int', month: 'int', day: 'int' },
});

const devices = table({
  database: 'media',
  name: 'devices',
  record: defineRecord('device', { fields: { device: field.string(), plays: field.bigint(), days: field.bigint() } }),
  location: 'curated/devices/',
  format: 'parquet',
});

/** Days of the curated hours, and all devices of those days: two jobs downstream of `curateJob`, in order. */
export function downstreamJobs(changes: Partial<Parameters<typeof sqlJob>[0]> = {}): readonly [BoundJob, BoundJob] {
  const daily = {
    text: 'SELECT device, count(*) AS plays, sum(seconds) AS seconds, count(DISTINCT hour) AS hours FROM media.plays GROUP BY device',
    path: 'daily.sql',
  };
  const total = {
    text: 'SELECT device, sum(plays) AS plays, count(DISTINCT day) AS days FROM media.play_days GROUP BY device',
    path: 'total.sql',
  };
  return [
    {
      name: 'media.daily',
      definition: sqlJob({ from: 'curated', into: 'days', sql: daily, rows: 'aggregate', ...changes }),
      input: { table: curated, series: [jobContributor('media.curate', curated)], restates: true },
      target: days,
    },
    {
      name: 'media.total',
      definition: sqlJob({ from: 'days', into: 'devices', sql: total, rows: 'aggregate' }),
      input: { table: days, series: [jobContributor('media.daily', days)], restates: true },
      target: devices,
    },
  ];
}

/** Repairs of quarantined plays. */
export const setSeconds = [{ column: 'seconds', expression: 'coalesce(abs(seconds), 0)' }];

type Line = string | Readonly<Record<string, unknown>>;

export interface Bench {
  readonly folder: string;
  readonly store: ObjectStore;
  readonly catalog: Catalog;
  readonly duck: Duck;
  /** Commits one landing object of these lines; returns its key. */
  land(...lines: readonly Line[]): Promise<string>;
  /** The same, of an object whose first record arrived then, in a series of its own. */
  landArrived(arrivalMs: number, ...lines: readonly Line[]): Promise<string>;
  /** The same, in the one series. */
  landAt(arrivalMs: number | Arrivals, ...lines: readonly Line[]): Promise<string>;
  /** Rows of the curated table, `id` first, as the catalog's objects hold them. */
  curated(sql?: string): Promise<readonly (readonly unknown[])[]>;
  /** Rows of a table of the bench, in order: values of their partition first. */
  rows(table: string): Promise<readonly (readonly unknown[])[]>;
  /** `[reason, source, row, text]` of these quarantine objects. */
  quarantined(keys: readonly string[]): Promise<readonly (readonly unknown[])[]>;
  close(): Promise<void>;
  /** Closes it, also where the test fails. */
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openBench(effects: Effects, folder?: string): Promise<Bench> {
  const home = folder ?? (await fs.mkdtemp(join(tmpdir(), 'playhead-job-')));
  await fs.mkdir(join(home, 'tmp'), { recursive: true });
  const store = await openFileStore(join(home, 'lake'), effects);
  const catalog = await openSqliteCatalog(join(home, 'catalog.sqlite'), effects);
  const duck = await openDuck({ memoryBytes: 256 * 1024 ** 2, threads: 1, temporaryDirectory: join(home, 'tmp') });
  await catalog.createDatabase('media', { ifNotExists: true });
  for (const definition of [landing, curated, days, devices]) await ensure(catalog, definition);
  const landOne = async (name: string, at: number | Arrivals, lines: readonly Line[]): Promise<string> => {
    const arrived = typeof at === 'number' ? { arrivalMs: at } : { arrivalMs: at.fromMs, arrivals: at };
    const series = openSeries<unknown, unknown>(store, name, effects);
    const { next } = await series.head();
    const text = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
    const part = `${name === 'landing' ? 'part' : name}-${String(next).padStart(4, '0')}`;
    const key = `landing/year=2025/month=08/day=11/hour=00/${part}.json.gz`;
    const { etag, sizeBytes } = await store.put(key, gzipSync(text));
    const object = { key, etag, sizeBytes, rows: lines.length, partition: ['2025', '08', '11', '00'], ...arrived };
    await series.commit(next, { objects: [object], replaces: [] });
    return key;
  };
  const select = async (sql: string): Promise<readonly (readonly unknown[])[]> => {
    await using session = await duck.connect();
    return (await session.all(sql)).rows;
  };
  const close = async (): Promise<void> => {
    await duck.close();
    await catalog.close();
    await store.close();
    if (folder === undefined) await fs.rm(home, { recursive: true });
  };
  return {
    folder: home,
    store,
    catalog,
    duck,
    land: (...lines) => landOne('landing', 0, lines),
    landArrived: (arrivalMs, ...lines) => landOne(`landing-${arrivalMs}`, arrivalMs, lines),
    landAt: (at, ...lines) => landOne('landing', at, lines),
    curated: async (sql = 'SELECT * FROM plays ORDER BY ALL') => {
      const objects = await catalog.objects('media', 'plays');
      if (objects.length === 0) return [];
      const files: string[] = [];
      for (const object of objects) files.push(await versionFile(store, object));
      return select(`WITH plays AS (FROM read_parquet(${sqlStringList(files)}, hive_partitioning = false)) ${sql}`);
    },
    rows: async (name) => {
      const objects = await catalog.objects('media', name);
      if (objects.length === 0) return [];
      const parts: string[] = [];
      for (const object of objects)
        parts.push(
          `SELECT '${object.partition.join('/')}' AS of, * FROM read_parquet('${await versionFile(store, object)}', hive_partitioning = false)`,
        );
      return select(`${parts.join(' UNION ALL ')} ORDER BY ALL`);
    },
    quarantined: async (keys) => {
      const files: string[] = [];
      for (const key of keys) files.push(await store.localFile(key));
      if (files.length === 0) return [];
      return select(
        `SELECT reason, source, row, text FROM read_parquet(${sqlStringList(files)}, hive_partitioning = false) ORDER BY source, row, text`,
      );
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function ensure(catalog: Catalog, definition: TableDefinition): Promise<void> {
  const { database, name, record, partitions, location, format } = definition;
  if ((await catalog.table(database, name)) !== undefined) return;
  const partitionKeys = Object.entries(partitions).map(([key, type]) => ({ name: key, type }));
  await catalog.putTable(
    { database, name, columns: glueColumns(record), partitionKeys, location, format, parameters: {} },
    0,
  );
}

export function play(n: number, changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  const minute = String(n % 60).padStart(2, '0');
  return {
    id: `P${n}`,
    at: `2025-08-11T10:${minute}:00Z`,
    seconds: n,
    share: n / 2,
    device: 'tv',
    city: 'Köln',
    ...changes,
  };
}
