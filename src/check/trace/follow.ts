import { openSeries } from '../../commit/series.ts';
import { openDeliverySeries } from '../../delivery/lanes.ts';
import { type DeliveryCommit, objectsIn } from '../../delivery/plan.ts';
import { sqlIdentifier, sqlString } from '../../duck/duck.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import { partitionPath } from '../../lake/hive-layout.ts';
import { recordsOfObject } from '../../ledger/flush-places.ts';
import {
  type DeliveryPlace,
  type JobPlace,
  outcomeOf,
  type RecordTrace,
  type StreamPlace,
} from '../../ledger/record-trace.ts';
import { tableName } from '../../pipeline/table-facts.ts';
import type { JobCommit, JobPlan } from '../../transform/job-plan.ts';
import { lookUpRejected, type RecordFate } from '../../transform/look-up-key.ts';
import { fieldsAt, keyFields, lineAt, linesOf, type Route, type RouteJob, type Tracer } from './tracer.ts';

/** A row of an object that a delivery committed. */
export interface DeliveredRow {
  readonly series: string;
  readonly commit: number;
  readonly object: string;
  readonly row: number;
}

/** Follows a delivered record both ways: back to the stream, on to the tables. Undefined where its commit does not name it. */
export async function follow(tracer: Tracer, route: Route, at: DeliveredRow): Promise<RecordTrace | undefined> {
  const { lake, engine, kernel, stream } = tracer;
  const series = openDeliverySeries(lake, at.series, engine.effects);
  const commit = await series.read(at.commit);
  const plan = await series.readPlan(at.commit);
  const object = commit === undefined ? undefined : objectsIn(commit).find(({ key }) => key === at.object);
  if (commit === undefined || object === undefined || object.kind === 'backup' || at.row >= object.rows)
    return undefined;
  const delivery: DeliveryPlace = {
    delivery: route.delivery.address,
    series: at.series,
    commit: at.commit,
    flush: object.flush,
    ...(plan === undefined ? {} : { plannedMs: plan.plannedAtMs }),
    committedMs: commit.committedAtMs,
    object: at.object,
    row: at.row,
    holds: object.kind,
  };
  if (object.kind === 'error') return followError(tracer, route, delivery);
  const records =
    plan === undefined ? undefined : await recordsOfObject(plan, at.commit, object, { stream, kernel }, engine.effects);
  const record = records?.[at.row];
  const place =
    record === undefined
      ? trimmed(route, commit)
      : await streamPlace(tracer, route, record.partition, record.position, record.arrivalMs);
  return withJobs(tracer, route, { stream: place, delivery });
}

/** A place in the stream, with who sent the record and when it was appended. */
export async function streamPlace(
  { stream }: Tracer,
  { subject }: Route,
  partition: number,
  position: bigint,
  arrivalMs?: number,
): Promise<StreamPlace> {
  const { topic } = subject.stream;
  const origin = await (await stream.inspect(topic))?.originOf(partition, position);
  return {
    topic,
    partition,
    position: String(position),
    ...(origin === undefined
      ? {}
      : { source: origin.source, sequence: String(origin.sequence), appendedMs: origin.appendedMs }),
    ...(arrivalMs === undefined ? {} : { arrivalMs }),
  };
}

function trimmed({ subject }: Route, commit: DeliveryCommit): StreamPlace {
  const ranges = new Map(
    (commit.kind === 'flushes' ? commit.account : []).map(({ partition, from, until }) => [partition, [from, until]]),
  );
  const known = [...ranges].map(([partition, [from, until]]) => `partition ${partition}, ${from} to ${until}`);
  const note = `the log has let it go; its commit passed ${known.slice(0, 3).join('; ')}${known.length > 3 ? '; …' : ''}`;
  return { topic: subject.stream.topic, note };
}

async function followError(tracer: Tracer, route: Route, delivery: DeliveryPlace): Promise<RecordTrace | undefined> {
  const line = lineAt(await linesOf(tracer.lake, delivery.object), delivery.row);
  if (line === undefined) return undefined;
  // Written by deliveries, one JSON object a line.
  const error = JSON.parse(line.toString()) as {
    partition: number;
    position: string;
    arrivalTimestamp: number;
    errorCode: string;
    errorMessage: string;
  };
  const stream = await streamPlace(tracer, route, error.partition, BigInt(error.position), error.arrivalTimestamp);
  const at = { ...delivery, reason: `${error.errorCode}: ${error.errorMessage}` };
  return { outcome: 'quarantined', stream, delivery: at, jobs: [] };
}

async function withJobs(
  tracer: Tracer,
  { jobs }: Route,
  { stream, delivery }: { readonly stream: StreamPlace; readonly delivery: DeliveryPlace },
): Promise<RecordTrace> {
  const places: JobPlace[] = [];
  const keys: Record<string, string> = {};
  for (const job of jobs) {
    const fields = keyFields(job);
    const values = await fieldsAt(tracer, delivery.object, delivery.row, fields);
    fields.forEach((name, i) => {
      const value = values?.[i];
      if (value !== undefined) keys[name] = value;
    });
    places.push(await jobPlace(tracer, job, values, delivery));
  }
  return {
    ...(Object.keys(keys).length === 0 ? {} : { key: keys }),
    outcome: outcomeOf({ delivery, jobs: places }),
    stream,
    delivery,
    jobs: places,
  };
}

/** What a job made of row `row` of an object. */
async function jobPlace(
  tracer: Tracer,
  job: RouteJob,
  key: readonly string[] | undefined,
  { object: source, row }: Pick<DeliveryPlace, 'object' | 'row'>,
): Promise<JobPlace> {
  const { session, lake, engine } = tracer;
  const address = job.entry.address;
  const fates = key === undefined || key.length === 0 ? [] : await tracer.fates(address, key);
  const own =
    fates.find((fate) => fate.source === source && fate.row === row) ??
    (await lookUpRejected(session, lake, address, { source, row }, engine.effects));
  if (own === undefined) return { job: address, fate: 'pending', restated: [] };
  const series = openSeries<JobPlan, JobCommit>(lake, address, engine.effects);
  const commit = await series.read(own.version);
  const place = {
    job: address,
    fate: own.fate,
    commit: own.version,
    ...(commit === undefined ? {} : { committedMs: commit.committedAtMs }),
    ...(own.partition === undefined ? {} : { partition: pathOf(job, own.partition) }),
    restated: await restatements(tracer, job, own),
  };
  if (own.fate === 'written') return { ...place, ...(await tablePlace(tracer, job, own, key ?? [])) };
  const winner = fates.find((fate) => fate !== own && fate.fate === 'written') ?? fates.find((fate) => fate !== own);
  const won = winner === undefined ? {} : { winner: { object: winner.source, row: winner.row, fate: winner.fate } };
  if (own.fate === 'deduplicated') return { ...place, ...won };
  const quarantine = commit?.quarantine;
  if (quarantine === undefined) return { ...place, ...won };
  const { rows } = await session.all(`SELECT file_row_number
    FROM ${parquetRows(await lake.localFile(quarantine.key), 'file_row_number = true')}
    WHERE source = ${sqlString(own.source)} AND row = ${own.row}`);
  const at = rows[0]?.[0];
  return {
    ...place,
    ...won,
    quarantine: { object: quarantine.key, ...(at === undefined ? {} : { row: Number(at) }) },
  };
}

function pathOf({ target }: RouteJob, values: readonly string[]): string {
  return partitionPath(Object.keys(target.definition.partitions), values);
}

/** The row of the job's table: its object as it is now. */
async function tablePlace(
  { session, lake }: Tracer,
  job: RouteJob,
  { partition }: RecordFate,
  key: readonly string[],
): Promise<Pick<JobPlace, 'table' | 'object' | 'row'>> {
  const object = `${job.target.definition.location}${pathOf(job, partition ?? [])}data.parquet`;
  const table = tableName(job.target);
  if ((await lake.head(object)) === undefined) return { table };
  const matches = keyFields(job).map(
    (name, i) => `CAST(${sqlIdentifier(name)} AS VARCHAR) = ${sqlString(key[i] ?? '')}`,
  );
  const { rows } = await session.all(`SELECT file_row_number
    FROM ${parquetRows(await lake.localFile(object), 'file_row_number = true')}
    WHERE ${matches.join(' AND ')}`);
  const at = rows[0]?.[0];
  return { table, object, ...(at === undefined ? {} : { row: Number(at) }) };
}

/** Later commits that wrote the record's partition again. */
async function restatements(
  { lake, engine }: Tracer,
  { entry }: RouteJob,
  { version, partition }: RecordFate,
): Promise<JobPlace['restated']> {
  if (partition === undefined) return [];
  const wanted = partition.join('/');
  const found: { commit: number; committedMs: number }[] = [];
  const series = openSeries<JobPlan, JobCommit>(lake, entry.address, engine.effects);
  for await (const { n, commit } of series.commits(version + 1))
    if (commit.partitions.some(({ values }) => values.join('/') === wanted))
      found.push({ commit: n, committedMs: commit.committedAtMs });
  return found;
}
