import type { Effects } from '../base/effects.ts';
import { openSeries } from '../commit/series.ts';
import type { DuckSession } from '../duck/duck.ts';
import { parquetRows } from '../duck/file-rows.ts';
import { parsePartitionPath } from '../lake/hive-layout.ts';
import { listAll, type ObjectStore } from '../lake/object-store.ts';
import { versionFile } from '../table/retained.ts';
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
  /** `keyText`; absent where the job has no key, or it can't be read. */
  readonly key?: string;
  readonly arrivedMs: number;
}

/** A sidecar as the job's last commit left it. */
export interface CommittedSidecar {
  readonly key: string;
  /** Where it can be read. */
  readonly file: string;
  /** Values of its partition; absent where it holds rejected records. */
  readonly partition?: readonly string[];
}

/** Fates of the records in these sidecars that fulfil a condition over their columns, in the order of arrival. */
export async function fatesWhere(
  session: DuckSession,
  sidecars: readonly CommittedSidecar[],
  condition: string,
): Promise<readonly RecordFate[]> {
  if (sidecars.length === 0) return [];
  const byFile = new Map(sidecars.map((sidecar) => [sidecar.file, sidecar]));
  const { rows } = await session.all(`SELECT filename, job_commit, fate, source, source_commit, row, key, arrived_ms
    FROM ${parquetRows([...byFile.keys()], 'filename = true')}
    WHERE ${condition} ORDER BY arrived_ms, source_commit, source, row`);
  return rows.map(([file, version, fate, source, sourceCommit, row, key, arrivedMs]) => {
    const partition = byFile.get(String(file))?.partition;
    return {
      ...(partition === undefined ? {} : { partition }),
      version: Number(version),
      fate: String(fate),
      source: String(source),
      sourceCommit: Number(sourceCommit),
      row: Number(row),
      ...(key === null ? {} : { key: String(key) }),
      arrivedMs: Number(arrivedMs),
    };
  });
}

/** The sidecars as the job's last commit left them; a plan under way is not in them. */
export async function committedSidecars(
  store: ObjectStore,
  job: string,
  effects: Effects,
): Promise<readonly CommittedSidecar[]> {
  const { next, pendingPlan } = await openSeries<JobPlan, JobCommit>(store, job, effects).head();
  const rewrites = pendingPlan?.replay?.rewrites ?? [];
  const planned = new Map<string, string | undefined>([
    ...(pendingPlan?.partitions ?? []).map(({ sidecar }) => [sidecar.key, sidecar.replaces] as const),
    ...rewrites.map(({ key, replaces }) => [key, replaces] as const),
  ]);
  const sidecars: CommittedSidecar[] = [];
  for await (const { key, etag } of listAll(store, partitionSidecars(job))) {
    const version = planned.has(key) ? planned.get(key) : etag;
    if (version === undefined) continue;
    const partition = parsePartitionPath(key.slice(partitionSidecars(job).length)).map(({ value }) => value);
    sidecars.push({ key, file: await versionFile(store, { key, etag: version }), partition });
  }
  for await (const { key, etag } of listAll(store, rejectedSidecars(job)))
    if (key < `${rejectedSidecars(job)}${String(next).padStart(10, '0')}`)
      sidecars.push({ key, file: await versionFile(store, { key, etag: planned.get(key) ?? etag }) });
  return sidecars;
}
