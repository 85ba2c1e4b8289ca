import { partitionFolder } from '../../catalog/partition-layout.ts';
import { storedCommits } from '../../commit/packed-commits.ts';
import { type CommitSeries, openSeries } from '../../commit/series.ts';
import { sqlString } from '../../duck/duck.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import { partitionPath } from '../../lake/hive-layout.ts';
import type { JobPlace } from '../../ledger/record-trace.ts';
import { tableName } from '../../pipeline/graph/table-names.ts';
import type { RecordFate } from '../../transform/committed-sidecars.ts';
import { keyColumns } from '../../transform/definition.ts';
import { columnOf } from '../../transform/fates.ts';
import { keySql, keyValues } from '../../transform/fingerprint.ts';
import { type JobCommit, type JobPlan, pathsWritten } from '../../transform/job-plan.ts';
import { lookUpPlace, type PlaceFate } from '../../transform/look-up-place.ts';
import { type DeliveredRow, keyFields, type RouteJob, type Tracer } from './tracer.ts';
import { wayGone } from './way-gone.ts';

/**
 * What a job made of a record of its input: looked up by its key where that can be read, else by its place, which it has whatever a
 * replay made of its key. Gives its key as the job knows it besides.
 */
export async function jobPlace(
  tracer: Tracer,
  job: RouteJob,
  read: readonly string[] | undefined,
  at: DeliveredRow,
): Promise<{ readonly place: JobPlace; readonly key?: readonly string[] }> {
  const address = job.entry.address;
  const { readBy, fate: own, sidecars } = await fateOf(tracer, job, read, at);
  if (readBy === undefined) return { place: { job: address, fate: 'pending', restated: [] } };
  if (own === undefined) {
    const { byContent } = await tracer.aged();
    const hasExpired = [...byContent.values()].some(({ key }) => sidecars.includes(key));
    return { place: { job: address, fate: hasExpired ? 'expired' : 'missing', commit: readBy, restated: [] } };
  }
  const place = own.fate === 'written' ? await writtenPlace(tracer, job, own) : await setAsidePlace(tracer, job, own);
  return { place, ...(own.key === undefined ? {} : { key: keyValues(own.key, keyFields(job).length) }) };
}

async function fateOf(
  tracer: Tracer,
  job: RouteJob,
  read: readonly string[] | undefined,
  { series, commit, object: source, row }: DeliveredRow,
): Promise<PlaceFate> {
  const { session, lake, engine } = tracer;
  const address = job.entry.address;
  const fates = read === undefined ? [] : await tracer.fates(address, await tracer.keyText(job, read));
  const fate = fates.find((each) => each.source === source && each.row === row);
  if (fate !== undefined) return { readBy: fate.version, fate, sidecars: [] };
  return lookUpPlace(session, lake, address, { series, commit, source, row }, engine.effects);
}

/** A row of the job's table. */
async function writtenPlace(tracer: Tracer, job: RouteJob, own: RecordFate): Promise<JobPlace> {
  const { session, lake } = tracer;
  const { place } = await decidedPlace(tracer, job, own);
  const table = tableName(job.target);
  const { definition } = job.target;
  const object = `${definition.location}${partitionFolder(definition, own.partition ?? [])}data.parquet`;
  if ((await lake.head(object)) === undefined) {
    const version = place.restated.at(-1)?.commit ?? own.version;
    return { ...place, table, gone: await howGone(tracer, job, { key: object, version, holds: 'data' }) };
  }
  if (own.key === undefined) return { ...place, table, object };
  const row = await rowWhere(
    session,
    await lake.localFile(object),
    `${keySql(keyColumns(job.entry.definition))} = ${sqlString(own.key)}`,
  );
  return { ...place, table, object, ...(row === undefined ? { gone: 'missing' as const } : { row }) };
}

/** A record that is no row: what it gave way to, and where it is in quarantine. */
async function setAsidePlace(tracer: Tracer, job: RouteJob, own: RecordFate): Promise<JobPlace> {
  const { session, lake } = tracer;
  const { place: decided, commit } = await decidedPlace(tracer, job, own);
  const fates = own.key === undefined ? [] : await tracer.fates(job.entry.address, own.key);
  const others = fates.filter(({ source, row }) => source !== own.source || row !== own.row);
  const path = own.partition?.join('/');
  const beside = others.filter(({ partition }) => partition?.join('/') === path);
  // Where a key is unique within its partition, those of others decided nothing.
  const isWithin = job.entry.definition.unique?.within === 'partition';
  const rivals = isWithin ? beside : [...beside, ...others];
  const winner = rivals.find(({ fate }) => fate === 'written') ?? rivals[0];
  const won = winner === undefined ? {} : { winner: { object: winner.source, row: winner.row, fate: winner.fate } };
  const place = { ...decided, ...won };
  const key = commit?.quarantine?.key;
  if (columnOf(own.fate) !== 'quarantined' || key === undefined) return place;
  if ((await lake.head(key)) === undefined) {
    const gone = await howGone(tracer, job, { key, version: own.version, holds: 'quarantine' });
    return { ...place, quarantine: { object: key }, gone };
  }
  const isOwn = `source = ${sqlString(own.source)} AND row = ${own.row}`;
  const row = await rowWhere(session, await lake.localFile(key), isOwn);
  return { ...place, quarantine: { object: key, ...(row === undefined ? {} : { row }) } };
}

export async function rowWhere(
  session: Tracer['session'],
  file: string,
  condition: string,
): Promise<number | undefined> {
  const { rows } = await session.all(`SELECT file_row_number
    FROM ${parquetRows(file, 'file_row_number = true')} WHERE ${condition}`);
  const at = rows[0]?.[0];
  return at === undefined ? undefined : Number(at);
}

/** What any decision has, and the commit that made it. */
async function decidedPlace(
  tracer: Tracer,
  job: RouteJob,
  own: RecordFate,
): Promise<{ readonly place: JobPlace; readonly commit: JobCommit | undefined }> {
  const commit = await seriesOf(tracer, job).read(own.version);
  const place = {
    job: job.entry.address,
    fate: own.fate,
    commit: own.version,
    ...(commit === undefined ? {} : { committedMs: commit.committedAtMs }),
    ...(own.partition === undefined ? {} : { partition: pathOf(job, own.partition) }),
    restated: await restatements(tracer, job, own),
  };
  return { place, commit };
}

/** How an object went that a commit of the job named last. */
async function howGone(
  tracer: Tracer,
  job: RouteJob,
  { key, version, holds }: { readonly key: string; readonly version: number; readonly holds: 'data' | 'quarantine' },
): Promise<'expired' | 'missing'> {
  const commit = await seriesOf(tracer, job).read(version);
  const named = [...(commit?.objects ?? []), ...(commit?.quarantine === undefined ? [] : [commit.quarantine])];
  const object = named.find((each) => each.key === key);
  if (object === undefined) return 'missing';
  const committed = { ...object, series: job.entry.address, commit: version, holds };
  return wayGone(tracer, committed, { pipeline: job.target.pipeline, table: tableName(job.target) });
}

function seriesOf({ lake, engine }: Tracer, { entry }: RouteJob): CommitSeries<JobPlan, JobCommit> {
  return openSeries<JobPlan, JobCommit>(lake, entry.address, engine.effects);
}

function pathOf({ target }: RouteJob, values: readonly string[]): string {
  return partitionPath(Object.keys(target.definition.partitions), values);
}

/** Later commits that wrote the record's partition again. */
async function restatements(
  tracer: Tracer,
  job: RouteJob,
  { version, partition }: RecordFate,
): Promise<JobPlace['restated']> {
  if (partition === undefined) return [];
  const wanted = partition.join('/');
  const found: { commit: number; committedMs: number }[] = [];
  for await (const { n, commit } of storedCommits<JobCommit>(tracer.lake, job.entry.address, version + 1))
    if (pathsWritten(commit).has(wanted)) found.push({ commit: n, committedMs: commit.committedAtMs });
  return found;
}
