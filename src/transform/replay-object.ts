import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import type { TableDefinition } from '../catalog/definition.ts';
import { partitionValues } from '../catalog/partition-layout.ts';
import { type DuckSession, sqlString } from '../duck/duck.ts';
import { parquetRows } from '../duck/file-rows.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { type Publisher, publisherMetadata, publishObject } from '../table/publish.ts';
import { versionFile } from '../table/retained.ts';
import { notReplayed } from './input-files.ts';
import type { InputObject } from './job-input.ts';
import type { JobPlan, NamedObject, Rewrite } from './job-plan.ts';
import { namedObject } from './named-object.ts';
import type { Staging } from './staging.ts';

/**
 * Columns of the records that a replay puts through a job again. `source`, `row`, `series`, `source_commit` and
 * `arrived_ms` are the record's own, from its first reading on: by them it is known again, however often it is replayed.
 */
export const replayColumns = {
  /** From 1, in the order of arrival. */
  n: 'BIGINT',
  /** A name of its own for each record, where input objects have their file. */
  file: 'VARCHAR',
  source: 'VARCHAR',
  row: 'BIGINT',
  series: 'VARCHAR',
  source_commit: 'BIGINT',
  arrived_ms: 'BIGINT',
  /** Between which the record itself arrived, where its object's commit says so. */
  from_ms: 'BIGINT',
  to_ms: 'BIGINT',
  /** The record's line as it came, and as it is to be read now. */
  text: 'VARCHAR',
  mended: 'VARCHAR',
} as const;

/** Each record as an input object of its one row. */
export async function replayedObjects(
  session: DuckSession,
  path: string,
  input: TableDefinition,
): Promise<readonly InputObject[]> {
  const { rows } = await session.all(
    `SELECT file, source, row, series, source_commit, arrived_ms, from_ms, to_ms FROM ${parquetRows(path)} ORDER BY n`,
  );
  return rows.map(([file, source, row, series, commit, arrivalMs, fromMs, toMs]) => ({
    path: String(file),
    key: String(source),
    etag: '',
    rows: 1,
    sizeBytes: 0,
    partition: partitionValues(input, String(source).slice(input.location.length)) ?? [],
    firstRow: Number(row),
    series: String(series),
    commit: Number(commit),
    arrivalMs: Number(arrivalMs),
    arrivals: { fromMs: Number(fromMs), toMs: Number(toMs) },
  }));
}

/** What is left of the objects that held the records. */
export type RewrittenHolders = Readonly<Record<Rewrite['holds'], readonly NamedObject[]>>;

/** Takes the replayed records out of what held them. Idempotent: what a process before us took out is adopted. */
export async function rewriteHolders(
  work: {
    readonly store: ObjectStore;
    readonly session: DuckSession;
    readonly publisher: Publisher;
    readonly staging: Staging;
    readonly stillDue: () => Promise<void>;
  },
  plan: JobPlan,
  effects: Effects,
): Promise<RewrittenHolders> {
  const { store, session, publisher, staging, stillDue } = work;
  const done: Record<Rewrite['holds'], NamedObject[]> = { quarantine: [], rejected: [] };
  for (const [i, { key, replaces, holds }] of (plan.replay?.rewrites ?? []).entries()) {
    const file = join(staging.folder, `rewrite-${i}.parquet`);
    const before = await versionFile(store, { key, etag: replaces });
    const rows = await session.run(`COPY (SELECT * FROM ${notReplayed(staging, parquetRows(before))})
      TO ${sqlString(file)} (FORMAT parquet, COMPRESSION zstd, KV_METADATA ${publisherMetadata(publisher)})`);
    await stillDue();
    const stored = await publishObject(store, session, { key, file, replaces, publisher }, effects);
    await effects.reached('replay.rewritten');
    done[holds].push(namedObject(stored, rows));
  }
  return done;
}
