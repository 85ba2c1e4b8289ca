import { PlayheadError } from '../base/errors.ts';
import { counted, formatCount } from '../base/units.ts';
import type { DuckSession } from '../duck/duck.ts';
import { parquetRows } from '../duck/file-rows.ts';
import { quarantineTableName } from '../table/quarantine-table.ts';
import { versionFile } from '../table/retained.ts';
import { failedOutput } from '../transform/failed-output.ts';
import { type Assignment, type EditedRecord, type FileMending, mendByFile, mendBySql } from '../transform/mending.ts';
import { replayJob } from '../transform/run-job.ts';
import type { Addressed } from './address.ts';
import type { Engine } from './bind.ts';
import { engineRunner } from './handlers.ts';
import { runDownstream } from './run-downstream.ts';
import { boundJob, type JobOutput, jobPorts } from './run-job.ts';

/** What a job has in quarantine for one reason. */
export interface QuarantinedReason {
  readonly job: string;
  readonly table: string;
  readonly reason: string;
  readonly records: number;
  /** What was found in the first one, where a rule says it. */
  readonly example: string | null;
}

export interface QuarantinedRecord {
  readonly reason: string;
  readonly issues: string;
  readonly source: string;
  readonly row: number;
  readonly text: string;
}

/** Counts by reason, the most frequent first. */
export async function quarantinedReasons(engine: Engine, job: Addressed<'job'>): Promise<readonly QuarantinedReason[]> {
  const { target } = await boundJob(engine, job);
  const relation = await quarantineRelation(engine, job);
  if (relation === undefined) return [];
  await using session = await (await engine.duck()).connect();
  const { rows } =
    await session.all(`SELECT reason, count(*), min_by(issues[1].path || ': ' || issues[1].got, (source, row))
    FROM ${relation} GROUP BY reason ORDER BY count(*) DESC, reason`);
  return rows.map(([reason, records, example]) => ({
    job: job.address,
    table: `${target.database}.${quarantineTableName(target)}`,
    reason: String(reason),
    records: Number(records),
    example: example === null || example === undefined ? null : String(example),
  }));
}

/** The records themselves, in the order of arrival. `where` asks of the record's fields, `reason`, `source` and `row`. */
export async function* quarantinedRecords(
  engine: Engine,
  job: Addressed<'job'>,
  options: { readonly where?: string; readonly limit?: number },
): AsyncGenerator<QuarantinedRecord> {
  const { input } = await boundJob(engine, job);
  // Asked first: a condition that names no field is wrong whether or not there is a record.
  const { prepare, fields, chosen } = await mendBySql(input.table.record, [], options.where);
  const relation = await quarantineRelation(engine, job);
  if (relation === undefined) return;
  await using session = await (await engine.duck()).connect();
  await prepare(session);
  const limit = options.limit === undefined ? '' : `LIMIT ${options.limit}`;
  const select = `SELECT reason, to_json(issues), source, row, text FROM ${fields(relation)} WHERE ${chosen}
    ORDER BY arrived_ms, source_commit, source, row ${limit}`;
  yield* recordsOf(session, select);
}

/** The records that broke a check of severity `fail` or `warn` in the run whose output was kept back; none where there is none. */
export async function* failedRecords(
  engine: Engine,
  job: Addressed<'job'>,
  limit: number,
): AsyncGenerator<QuarantinedRecord> {
  const lake = await engine.lake();
  const rows = (await failedOutput(lake, job.address))?.rows;
  if (rows === undefined) return;
  await using session = await (await engine.duck()).connect();
  yield* recordsOf(
    session,
    `SELECT "check", got, source, row, text FROM ${parquetRows(await lake.localFile(rows))} LIMIT ${limit}`,
  );
}

async function* recordsOf(session: DuckSession, select: string): AsyncGenerator<QuarantinedRecord> {
  for await (const { rows } of session.stream(select))
    for (const [reason, issues, source, row, text] of rows)
      yield {
        reason: String(reason),
        issues: String(issues),
        source: String(source),
        row: Number(row),
        text: String(text),
      };
}

export type Repair =
  | { readonly assignments: readonly Assignment[]; readonly where?: string }
  | { readonly edited: readonly EditedRecord[] };

/**
 * Puts records back through their job, mended, and what they change through the jobs downstream of it. PH_USAGE, before
 * anything is done, where a file names a record that is not in quarantine.
 */
export async function replayQuarantine(
  engine: Engine,
  entry: Addressed<'job'>,
  repair: Repair,
  signal: AbortSignal,
): Promise<JobOutput> {
  const job = await boundJob(engine, entry);
  const mending =
    'edited' in repair
      ? await mendKnown(engine, entry, repair.edited)
      : await mendBySql(job.input.table.record, repair.assignments, repair.where);
  const run = await replayJob(job, mending, await jobPorts(engine, entry), engine.effects, { signal });
  const downstream = await runDownstream(engine.pipelines, entry.address, await engineRunner(engine), signal);
  return { ...run, downstream };
}

async function mendKnown(engine: Engine, job: Addressed<'job'>, edited: readonly EditedRecord[]): Promise<FileMending> {
  const mending = mendByFile(edited);
  const relation = (await quarantineRelation(engine, job)) ?? "(SELECT '' AS source, 0 AS row WHERE false)";
  await using session = await (await engine.duck()).connect();
  await mending.prepare(session);
  const { rows } = await session.all(`${mending.unmatched(relation)} ORDER BY place`);
  if (rows.length === 0) return mending;
  const first = String(rows[0]?.[0]);
  throw new PlayheadError(
    'PH_USAGE',
    `not in quarantine of ${job.address}: ${formatCount(rows.length)} of ${counted(edited.length, 'record')}, first ${first}`,
    {
      hint: `Nothing was replayed. \`playhead quarantine show ${job.address}\` gives the lines of those that are there.`,
      details: { job: job.address, unmatched: rows.length, first },
    },
  );
}

/** What commits say is in quarantine; undefined where nothing ever was. */
async function quarantineRelation(engine: Engine, job: Addressed<'job'>): Promise<string | undefined> {
  const { target } = await boundJob(engine, job);
  const catalog = await engine.catalog();
  const name = quarantineTableName(target);
  if ((await catalog.table(target.database, name)) === undefined) return undefined;
  const lake = await engine.lake();
  const paths: string[] = [];
  for (const object of await catalog.objects(target.database, name)) paths.push(await versionFile(lake, object));
  return paths.length === 0 ? undefined : parquetRows(paths);
}
