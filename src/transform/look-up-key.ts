import type { Effects } from '../base/effects.ts';
import { openSeries } from '../commit/series.ts';
import { type DuckSession, sqlString } from '../duck/duck.ts';
import { parquetRows } from '../duck/file-rows.ts';
import { parsePartitionPath } from '../lake/hive-layout.ts';
import { listAll, type ObjectStore } from '../lake/object-store.ts';
import { versionFile } from '../table/retained.ts';
import { hashOf, keyText } from './fingerprint.ts';
import type { JobCommit, JobPlan } from './job-plan.ts';
import { partitionSidecars, rejectedSidecars } from './sidecar.ts';

/** What became of one input record of a job. */
export interface RecordFate {
  /** Values of its partition; absent where none could be told of it. */
  readonly partition?: readonly string[];
  /** The job's commit that decided its fate: the version of the partition since which it is so. */
  readonly version: number;
  readonly fate: string;
  /** Input object, the commit of its series that names it, and the record's ordinal in the object, from 0. */
  readonly source: string;
  readonly sourceCommit: number;
  readonly row: number;
  readonly arrivedMs: number;
}

/**
 * All records of a key that a job ever read and committed, in the order of arrival: one row group a sidecar is decoded.
 * The values of the key are as they print, in the order of the job's `unique.key`.
 */
export async function lookUpKey(
  session: DuckSession,
  store: ObjectStore,
  job: string,
  key: readonly string[],
  effects: Effects,
): Promise<readonly RecordFate[]> {
  const sidecars = await committedSidecars(store, job, effects);
  if (sidecars.size === 0) return [];
  const text = keyText(key);
  return fatesWhere(session, sidecars, `key_hash = ${hashOf(text)} AND key = ${sqlString(text)}`);
}

/** What became of a record whose key can't be read: looks through the sidecars of rejected records. */
export async function lookUpRejected(
  session: DuckSession,
  store: ObjectStore,
  job: string,
  { source, row }: Pick<RecordFate, 'source' | 'row'>,
  effects: Effects,
): Promise<RecordFate | undefined> {
  const all = await committedSidecars(store, job, effects);
  const rejected = new Map([...all].filter(([, partition]) => partition === undefined));
  if (rejected.size === 0) return undefined;
  const [fate] = await fatesWhere(session, rejected, `source = ${sqlString(source)} AND row = ${row}`);
  return fate;
}

async function fatesWhere(
  session: DuckSession,
  sidecars: ReadonlyMap<string, readonly string[] | undefined>,
  condition: string,
): Promise<readonly RecordFate[]> {
  const { rows } = await session.all(`SELECT filename, job_commit, fate, source, source_commit, row, arrived_ms
    FROM ${parquetRows([...sidecars.keys()], 'filename = true')}
    WHERE ${condition} ORDER BY arrived_ms, source_commit, source, row`);
  return rows.map(([file, version, fate, source, sourceCommit, row, arrivedMs]) => {
    const partition = sidecars.get(String(file));
    return {
      ...(partition === undefined ? {} : { partition }),
      version: Number(version),
      fate: String(fate),
      source: String(source),
      sourceCommit: Number(sourceCommit),
      row: Number(row),
      arrivedMs: Number(arrivedMs),
    };
  });
}

/** Files of the sidecars as the job's last commit left them, with their partition; a plan under way is not in them. */
async function committedSidecars(
  store: ObjectStore,
  job: string,
  effects: Effects,
): Promise<ReadonlyMap<string, readonly string[] | undefined>> {
  const { next, pendingPlan } = await openSeries<JobPlan, JobCommit>(store, job, effects).head();
  const rewrites = pendingPlan?.replay?.rewrites ?? [];
  const planned = new Map<string, string | undefined>([
    ...(pendingPlan?.partitions ?? []).map(({ sidecar }) => [sidecar.key, sidecar.replaces] as const),
    ...rewrites.map(({ key, replaces }) => [key, replaces] as const),
  ]);
  const files = new Map<string, readonly string[] | undefined>();
  for await (const { key, etag } of listAll(store, partitionSidecars(job))) {
    const version = planned.has(key) ? planned.get(key) : etag;
    if (version === undefined) continue;
    const values = parsePartitionPath(key.slice(partitionSidecars(job).length)).map(({ value }) => value);
    files.set(await versionFile(store, { key, etag: version }), values);
  }
  for await (const { key, etag } of listAll(store, rejectedSidecars(job)))
    if (key < `${rejectedSidecars(job)}${String(next).padStart(10, '0')}`)
      files.set(await versionFile(store, { key, etag: planned.get(key) ?? etag }), undefined);
  return files;
}
