import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { CommitSeries } from '../commit/series.ts';
import type { DuckSession } from '../duck/duck.ts';
import { sqlStringList } from '../duck/duck.ts';
import { partitionPath } from '../lake/hive-layout.ts';
import { macroStatements } from '../sql/duckdb/macros/registry.ts';
import { translate } from '../sql/translate.ts';
import { type Buckets, bucketsOf } from './bucket.ts';
import { inChunks, type UnreadObject, withPaths } from './job-input.ts';
import type { ConsumedRange, InputAccount, JobCommit, JobPlan, PlannedPartition, RowCounts } from './job-plan.ts';
import { balances, sumOf } from './job-plan.ts';
import { type PublishedPartition, publishPartitions } from './publish-partitions.ts';
import { putQuarantine } from './quarantine.ts';
import type { BoundJob, JobPorts } from './run-job.ts';
import { globbed, rejectedFiles, type Staging, stageInput } from './stage.ts';
import type { Workspace } from './workspace.ts';

/** A plan whose partitions are not known yet: they are, once its input was read. */
export type DraftPlan = Omit<JobPlan, 'partitions' | 'plannedAtMs'>;

export interface StepWork {
  readonly n: number;
  readonly positions: Readonly<Record<string, number>>;
  readonly series: CommitSeries<JobPlan, JobCommit>;
  readonly ports: JobPorts;
  readonly scratch: string;
  readonly workspaces: readonly Workspace[];
}

/** Input bytes, as stored, that one statement reads: what it holds of each bucket stays small. */
const chunkBytes = 8 * 1024 ** 2;

export async function draftPlan(job: BoundJob, consumed: readonly ConsumedRange[]): Promise<DraftPlan> {
  const { definition, target } = job;
  const input = job.input.table;
  const { sql, tables, macros } = await translate(definition.sql, { from: 'athena', to: 'duckdb' });
  for (const { database, name } of tables) {
    if (name === input.name && (database === undefined || database === input.database)) continue;
    throw new PlayheadError(
      'PH_SQL_UNSUPPORTED',
      `job ${job.name} reads ${database ?? ''}.${name}: an incremental job reads its input only`,
      {
        hint: `Join ${name} in the queries, or make the job one of rows 'many'.`,
      },
    );
  }
  return {
    format: 1,
    job: job.name,
    definition,
    input,
    target,
    select: { sql, inputs: tables.map(({ identifier }) => identifier), macros: macroStatements(macros) },
    consumed,
  };
}

/** Reads, plans (unless `draft` is a plan already), publishes and commits. What another process did meanwhile is adopted. */
export async function carryOut(
  draft: DraftPlan | JobPlan,
  unread: readonly UnreadObject[],
  work: StepWork,
  effects: Effects,
): Promise<JobCommit> {
  const { ports, workspaces, series, n } = work;
  const buckets = bucketsOf(draft.definition.incremental, draft.target, draft.job);
  const objects = await withPaths(ports.store, unread);
  const perWorker = objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) / (4 * workspaces.length);
  const staging: Staging = {
    folder: work.scratch,
    table: draft.input,
    buckets,
    needed: [...(draft.definition.unique?.key ?? []), ...(buckets.field === undefined ? [] : [buckets.field])],
    chunks: inChunks(objects, Math.min(chunkBytes, perWorker)),
  };
  await stageInput(staging, workspaces, effects);
  const first = workspaces[0];
  if (first === undefined) throw new RangeError('a job needs a worker');
  const rejected = await checkRead(first.session, staging, draft.job);
  const plan =
    'partitions' in draft
      ? draft
      : await planned(draft, await bucketsFound(first.session, staging), buckets, work, effects);
  await effects.reached('job.planned');
  const stillDue = async (): Promise<void> => {
    if ((await series.read(n)) !== undefined) throw new AlreadyCommitted();
  };
  try {
    const published = await publishPartitions(
      { plan, commit: n, staging, store: ports.store, stillDue },
      workspaces,
      effects,
    );
    const quarantine = await putQuarantine(ports.store, first.session, staging, { job: plan.job, commit: n }, effects);
    await effects.reached('job.quarantined');
    const commit = commitOf(plan, staging, published, rejected, quarantine, work.positions, effects);
    const decided = await series.commit(n, commit);
    await effects.reached('job.committed');
    return decided.commit;
  } catch (error) {
    const decided = error instanceof AlreadyCommitted ? await series.read(n) : undefined;
    if (decided === undefined) throw error;
    return decided;
  }
}

/** Another process made this commit while we worked on it: its objects are the truth. */
class AlreadyCommitted extends Error {}

async function planned(
  draft: DraftPlan,
  found: readonly number[],
  buckets: Buckets,
  { ports, series, n }: StepWork,
  effects: Effects,
): Promise<JobPlan> {
  const { target } = draft;
  const present = await ports.catalog.objects(target.database, target.name);
  const etags = new Map(present.map(({ key, etag }) => [key, etag]));
  const partitions = found.map((bucket): PlannedPartition => {
    const values = buckets.valuesOf(bucket);
    const key = `${target.location}${partitionPath(Object.keys(target.partitions), values)}data.parquet`;
    const replaces = etags.get(key);
    return { bucket, values, key, ...(replaces === undefined ? {} : { replaces }) };
  });
  const own: JobPlan = { ...draft, plannedAtMs: effects.clock.now(), partitions };
  const { plan, adopted } = await series.plan(n, own);
  if (!adopted) return plan;
  throw new PlayheadError('PH_LEASE_LOST', `another process planned commit ${n} of ${draft.job} meanwhile`, {
    hint: 'Run the job again: it finishes that plan.',
  });
}

async function bucketsFound(session: DuckSession, staging: Staging): Promise<readonly number[]> {
  const { rows } = await session.all(
    `SELECT DISTINCT CAST(regexp_extract(file, '_bucket=(-?[0-9]+)/', 1) AS BIGINT) AS bucket
     FROM glob('${staging.folder.replaceAll("'", "''")}/good/*/*.parquet') WHERE file NOT LIKE '%HIVE_DEFAULT%' ORDER BY bucket`,
  );
  return rows.map(([bucket]) => Number(bucket));
}

/**
 * Holds what was read to what the commits say was there, object by object. Returns rejected rows by file.
 * PH_NOTHING_READ, PH_DOES_NOT_ADD_UP.
 */
async function checkRead(session: DuckSession, staging: Staging, job: string): Promise<ReadonlyMap<string, number>> {
  const good = (await globbed(session, `${staging.folder}/good/*/*.parquet`)).filter(
    (f) => !f.includes('HIVE_DEFAULT'),
  );
  const rejectedRows = await rowsByFile(session, await rejectedFiles(staging, session));
  const goodRows = await rowsByFile(session, good);
  const objects = staging.chunks.flat();
  const due = objects.reduce((sum, { rows }) => sum + rows, 0);
  const read = [...goodRows.values(), ...rejectedRows.values()].reduce((sum, rows) => sum + rows, 0);
  if (due > 0 && read === 0)
    throw new PlayheadError('PH_NOTHING_READ', `job ${job} read nothing of ${due} rows in ${objects.length} objects`, {
      details: { job, due, objects: objects.length },
    });
  for (const { key, path, rows } of objects) {
    const found = (goodRows.get(path) ?? 0) + (rejectedRows.get(path) ?? 0);
    if (found === rows) continue;
    throw new PlayheadError('PH_DOES_NOT_ADD_UP', `job ${job}: ${key} gave ${found} rows, its commit says ${rows}`, {
      hint: 'The object is not what was delivered: `playhead doctor` checks it against its hash.',
      details: { job, key, found, committed: rows },
    });
  }
  return rejectedRows;
}

async function rowsByFile(session: DuckSession, files: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (files.length === 0) return new Map();
  const { rows } = await session.all(
    `SELECT _file, count(*) FROM read_parquet(${sqlStringList(files)}, hive_partitioning = false) GROUP BY _file`,
  );
  return new Map(rows.map(([file, count]) => [String(file), Number(count)]));
}

function commitOf(
  plan: JobPlan,
  staging: Staging,
  published: readonly PublishedPartition[],
  rejected: ReadonlyMap<string, number>,
  quarantine: string | undefined,
  positions: StepWork['positions'],
  effects: Effects,
): JobCommit {
  const inputs = inputAccounts(staging, published, rejected);
  const total = sumOf(inputs);
  const superseded = published.reduce((sum, { account }) => sum + account.superseded, 0);
  const written = published.reduce((sum, { account }) => sum + account.written, 0);
  if (written !== total.written || !balances(total))
    throw new PlayheadError(
      'PH_DOES_NOT_ADD_UP',
      `job ${plan.job}: ${total.written} rows were due in partitions, ${written} are there`,
      {
        details: { job: plan.job, ...total, found: written },
      },
    );
  return {
    format: 1,
    job: plan.job,
    committedAtMs: effects.clock.now(),
    positions: { ...positions, ...Object.fromEntries(plan.consumed.map(({ series, to }) => [series, to])) },
    objects: published.map(({ object }) => object),
    ...(quarantine === undefined ? {} : { quarantine }),
    inputs,
    partitions: published.map(({ account }) => account),
    total: { ...total, superseded },
  };
}

function inputAccounts(
  staging: Staging,
  published: readonly PublishedPartition[],
  rejected: ReadonlyMap<string, number>,
): readonly InputAccount[] {
  const lost = new Map<string, { same: number; other: number }>();
  for (const line of published.flatMap((partition) => partition.lost)) {
    const sum = lost.get(line.file) ?? { same: 0, other: 0 };
    if (line.same) sum.same += line.rows;
    else sum.other += line.rows;
    lost.set(line.file, sum);
  }
  return staging.chunks.flat().map(({ key, path, series, commit, rows }) => {
    const { same, other } = lost.get(path) ?? { same: 0, other: 0 };
    const counts: RowCounts = {
      read: rows,
      quarantined: (rejected.get(path) ?? 0) + other,
      deduplicated: same,
      written: rows - (rejected.get(path) ?? 0) - other - same,
    };
    return { key, series, commit, ...counts };
  });
}
