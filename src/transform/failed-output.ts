import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { fileParts } from '../base/file-parts.ts';
import { type DuckSession, sqlString } from '../duck/duck.ts';
import { parquetRows } from '../duck/file-rows.ts';
import { listAll, type ObjectStore } from '../lake/object-store.ts';
import type { CheckOutcome } from '../quality/outcome.ts';
import type { DraftPlan } from './draft-plan.ts';
import { rowInSource } from './input-files.ts';
import type { MadePartition } from './make-partitions.ts';
import { globbed } from './scratch.ts';
import { rejectedFiles } from './stage.ts';
import type { Staging } from './staging.ts';

/** What was judged and not published, by job. */
export const failedRoot = '_playhead/failed/';

/** What a run made and a check forbade to publish: the latest such run of a job, until one succeeds. */
export interface FailedOutput {
  readonly job: string;
  readonly commit: number;
  readonly failedAtMs: number;
  readonly outcomes: readonly CheckOutcome[];
  /** Keys of the partitions' objects as they would have been published. */
  readonly objects: readonly string[];
  /** Parquet of the records that were refused, or broke a check that fails or warns: `check`, `path`, `expected`, `got`, `source`, `row`, `text`. */
  readonly rows?: string;
}

function failedFolder(job: string): string {
  return `${failedRoot}${job}/`;
}

const reportName = 'report.json';

/** Keeps it under `_playhead/failed/<job>/`, in place of what another run left there. The report comes last: without it, there is nothing. */
export async function keepFailed(
  work: {
    readonly draft: DraftPlan;
    readonly commit: number;
    readonly staging: Staging;
    readonly made: readonly MadePartition[];
    readonly store: ObjectStore;
    readonly session: DuckSession;
    readonly outcomes: readonly CheckOutcome[];
  },
  effects: Effects,
): Promise<FailedOutput> {
  const { draft, commit, staging, made, store, session, outcomes } = work;
  const { job, target } = draft;
  const objects = made.map(({ partition, file }) => ({ key: partition.key, file }));
  const noticed = await globbed(session, staging.folder, 'noticed/*.parquet');
  const faulty = [
    ...(await rejectedFiles(staging, session)).map((file) => issuesIn(file, '_issues')),
    ...noticed.map((file) => issuesIn(file, '_noticed')),
  ];
  const keepFaulty = (folder: string): Promise<string> =>
    keepRows(session, staging, faulty, { folder, store }, effects);
  const rows = faulty.length === 0 ? {} : { keepFaulty };
  return keepObjects({ job, target, commit, store, objects, outcomes, ...rows }, effects);
}

/** SQL of the records of a file with one of their issues each. */
function issuesIn(file: string, issues: '_issues' | '_noticed'): string {
  return `SELECT _file, _n, _line, unnest(${issues}) AS issue FROM ${parquetRows(file)}`;
}

/** Keeps the objects of partitions, by the keys that they would have had, and what `keepFaulty` puts into the folder. */
export async function keepObjects(
  work: {
    readonly job: string;
    readonly target: { readonly location: string };
    readonly commit: number;
    readonly store: ObjectStore;
    readonly objects: readonly { readonly key: string; readonly file: string }[];
    readonly outcomes: readonly CheckOutcome[];
    readonly keepFaulty?: (folder: string) => Promise<string>;
  },
  effects: Effects,
): Promise<FailedOutput> {
  const { job, target, commit, store, outcomes, keepFaulty } = work;
  await dropFailed(store, job);
  const folder = failedFolder(job);
  const objects: string[] = [];
  for (const { key: publicKey, file } of work.objects) {
    const key = `${folder}data/${publicKey.slice(target.location.length)}`;
    await store.put(key, fileParts(file, effects));
    objects.push(key);
    await effects.reached('job.kept');
  }
  const rows = keepFaulty === undefined ? {} : { rows: await keepFaulty(folder) };
  const report = { job, commit, failedAtMs: effects.clock.now(), outcomes, objects, ...rows };
  await store.put(`${folder}${reportName}`, Buffer.from(JSON.stringify(report)));
  return report;
}

async function keepRows(
  session: DuckSession,
  staging: Staging,
  faulty: readonly string[],
  { folder, store }: { readonly folder: string; readonly store: ObjectStore },
  effects: Effects,
): Promise<string> {
  const file = join(staging.folder, 'failed-rows.parquet');
  await session.run(`COPY (SELECT issue.rule AS "check", issue.path AS path, issue.expected AS expected, issue.got AS got, source, row, text FROM (
      SELECT _object_key AS source, ${rowInSource} AS row, _line AS text, issue
      FROM (${faulty.join(' UNION ALL ')}) JOIN _inputs USING (_file)))
    TO ${sqlString(file)} (FORMAT parquet, COMPRESSION zstd)`);
  const key = `${folder}rows.parquet`;
  await store.put(key, fileParts(file, effects));
  return key;
}

/** The output that the job's last run kept back; undefined where it succeeded. */
export async function failedOutput(store: ObjectStore, job: string): Promise<FailedOutput | undefined> {
  const key = `${failedFolder(job)}${reportName}`;
  if ((await store.head(key)) === undefined) return undefined;
  const { body } = await store.get(key);
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  // Only `keepFailed` writes this key.
  return JSON.parse(Buffer.concat(parts).toString()) as FailedOutput;
}

export async function dropFailed(store: ObjectStore, job: string): Promise<void> {
  await store.delete(`${failedFolder(job)}${reportName}`);
  for await (const { key } of listAll(store, failedFolder(job))) await store.delete(key);
}
