import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { fileParts } from '../base/file-parts.ts';
import { type DuckSession, sqlString } from '../duck/duck.ts';
import { parquetRows } from '../duck/file-rows.ts';
import { listAll, type ObjectStore } from '../lake/object-store.ts';
import { versionFile } from '../table/retained.ts';
import type { BoundJob } from './bound-job.ts';
import { carryOut } from './carry-out.ts';
import { draftPlan } from './draft-plan.ts';
import type { JobCommit, PlannedReplay, Rewrite } from './job-plan.ts';
import { apart, inOrderOfArrival, type Mending } from './mending.ts';
import { nameOrigins } from './own-origins.ts';
import { quarantineFolder } from './quarantine.ts';
import { replayColumns } from './replay-object.ts';
import { rejectedSidecarKey } from './sidecar.ts';
import type { StepWork } from './step-work.ts';

/** Mended records on their way back, by job. */
export const replayRoot = '_playhead/replay/';

/** Records that one plan replays: their places are held in memory. */
const mostReplayed = 5000;

/**
 * Puts the chosen ones of what was quarantined before commit `below` through the job again, as one plan and commit of
 * its series: what passes becomes rows, what does not is quarantined with its new reason, and the records are taken out
 * of where they were, all named by that one commit. So each is written once, whoever dies meanwhile and however often it
 * is asked for. Undefined where none is chosen.
 */
export async function replayStep(
  job: BoundJob,
  mending: Mending,
  below: number,
  work: StepWork,
  effects: Effects,
): Promise<{ readonly n: number; readonly commit: JobCommit } | undefined> {
  const { ports, n } = work;
  const session = work.workspaces[0]?.session;
  if (session === undefined) throw new RangeError('a job needs a worker');
  await effects.fs.mkdir(work.scratch, { recursive: true });
  const chosen = await choose(job, mending, below, { session, ...work }, effects);
  if (chosen === undefined) return undefined;
  const draft = { ...(await draftPlan(job, [], ports.catalog)), replay: chosen };
  return { n, commit: await carryOut(draft, [], work, effects) };
}

const chosenColumns = (['source', 'row', 'arrived_ms', 'source_commit', 'job_commit', 'bucket', 'text'] as const)
  .map((name) => `${apart(name)} AS ${name}`)
  .join(', ');

async function choose(
  job: BoundJob,
  mending: Mending,
  below: number,
  { n, session, scratch, ports: { store } }: StepWork & { readonly session: DuckSession },
  effects: Effects,
): Promise<PlannedReplay | undefined> {
  const holders = await quarantineObjects(store, job.name, below);
  if (holders.size === 0) return undefined;
  const relation = parquetRows([...holders.keys()]);
  await mending.prepare(session);
  await session.run(`CREATE OR REPLACE TABLE _quarantined AS
    SELECT ${chosenColumns}, ${mending.mended} AS mended
    FROM ${mending.fields(relation)} WHERE ${mending.chosen} ORDER BY ${inOrderOfArrival} LIMIT ${mostReplayed}`);
  const [[records = 0, places = 0] = []] = (
    await session.all('SELECT count(*), count(DISTINCT (source, row)) FROM _quarantined')
  ).rows;
  if (Number(records) === 0) return undefined;
  if (places !== records)
    throw new PlayheadError(
      'PH_DOES_NOT_ADD_UP',
      `job ${job.name}: ${records} records of ${places} places in quarantine`,
      {
        hint: 'One record would become several rows. `playhead doctor` checks what is in quarantine.',
        details: { job: job.name, records: Number(records), places: Number(places) },
      },
    );
  await nameOrigins(session, '_quarantined', { store, contributors: job.input.series }, effects);
  const columns = Object.entries(replayColumns).map(([name, type]) => `CAST(${name} AS ${type}) AS ${name}`);
  const file = join(scratch, 'replay.parquet');
  await session.run(`COPY (SELECT ${columns.join(', ')} FROM (SELECT *, 'replay#' || n AS file FROM (
      SELECT q.*, o.series, coalesce(o.from_ms, arrived_ms) AS from_ms, coalesce(o.to_ms, arrived_ms) AS to_ms,
        row_number() OVER (ORDER BY arrived_ms, source_commit, q.source, q.row) AS n
      FROM _quarantined q JOIN _origin o ON q.source = o.source AND q.row = o.row)) ORDER BY n)
    TO ${sqlString(file)} (FORMAT parquet, COMPRESSION zstd)`);
  const key = `${replayRoot}${job.name}/${String(n).padStart(10, '0')}.parquet`;
  const { etag } = await store.put(key, fileParts(file, effects));
  await effects.reached('replay.chosen');
  return {
    object: { key, etag },
    rewrites: await rewritesOf(store, session, job.name, holders),
    buckets: await numbers(session, 'bucket'),
  };
}

/** Files of what a job quarantined before commit `below`, with their keys and etags. */
async function quarantineObjects(
  store: ObjectStore,
  job: string,
  below: number,
): Promise<ReadonlyMap<string, { readonly key: string; readonly etag: string; readonly commit: number }>> {
  const found = new Map<string, { key: string; etag: string; commit: number }>();
  for await (const { key, etag } of listAll(store, quarantineFolder(job))) {
    const commit = Number(/(\d+)\.parquet$/.exec(key)?.[1]);
    if (commit < below) found.set(await versionFile(store, { key, etag }), { key, etag, commit });
  }
  return found;
}

async function rewritesOf(
  store: ObjectStore,
  session: DuckSession,
  job: string,
  holders: Awaited<ReturnType<typeof quarantineObjects>>,
): Promise<readonly Rewrite[]> {
  const commits = await numbers(session, 'job_commit');
  const rewrites: Rewrite[] = [];
  for (const { key, etag, commit } of holders.values()) {
    if (!commits.includes(commit)) continue;
    rewrites.push({ key, replaces: etag, holds: 'quarantine' });
    const rejected = await store.head(rejectedSidecarKey(job, commit));
    if (rejected !== undefined) rewrites.push({ key: rejected.key, replaces: rejected.etag, holds: 'rejected' });
  }
  return rewrites;
}

async function numbers(session: DuckSession, column: string): Promise<readonly number[]> {
  const { rows } = await session.all(
    `SELECT DISTINCT ${column} FROM _quarantined WHERE ${column} IS NOT NULL ORDER BY ${column}`,
  );
  return rows.map(([value]) => Number(value));
}
