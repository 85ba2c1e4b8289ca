import { PlayheadError } from '../../base/errors.ts';
import { suggestion } from '../../base/nearest.ts';
import { laneSeries } from '../../commit/epoch.ts';
import { openDeliverySeries } from '../../delivery/lanes.ts';
import { parseObjectName } from '../../delivery/object-name.ts';
import { type CommittedObject, objectsIn } from '../../delivery/plan.ts';
import { sqlIdentifier } from '../../duck/duck.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import { commitPassing } from '../../ledger/find-commit.ts';
import { recordsOfObject } from '../../ledger/flush-places.ts';
import type { RecordTrace, TraceAnswer } from '../../ledger/record-trace.ts';
import { tableName } from '../../pipeline/table-facts.ts';
import { bitAt, type RecordBatch, valueAt } from '../../record/batch.ts';
import { keyText } from '../../transform/fingerprint.ts';
import { quarantineFolder } from '../../transform/quarantine.ts';
import { type DeliveredRow, follow, streamPlace } from './follow.ts';
import { fieldsOf, keyFields, linesOf, type Route, type RouteJob, type Tracer } from './tracer.ts';

/** Traces the record at a position of a topic, once for each delivery that reads it. PH_RECORD_UNKNOWN where none is there. */
export async function traceByPosition(
  tracer: Tracer,
  topic: string,
  partition: number,
  position: bigint,
): Promise<TraceAnswer> {
  const routes = tracer.routes.filter(({ subject }) => subject.stream.topic === topic);
  if (routes.length === 0) {
    const topics = [...new Set(tracer.routes.map(({ subject }) => subject.stream.topic))];
    throw unknown(`no delivery reads a topic ${topic}`, suggestion(topic, topics));
  }
  const state = await tracer.stream.describe(topic);
  const held = state?.state.find((each) => each.partition === partition);
  if (held === undefined)
    throw unknown(`${topic} has no partition ${partition}`, `It has ${state?.partitions ?? 0}, from 0.`);
  if (position >= held.end)
    throw unknown(
      `partition ${partition} of ${topic} has no position ${position}`,
      held.end === 0n ? 'Nothing was appended to it yet.' : `Its last is ${held.end - 1n}, its first ${held.start}.`,
    );
  const records: RecordTrace[] = [];
  for (const route of routes)
    records.push(await atPosition(tracer, route, partition, position, position >= held.start));
  return {
    records,
    lookedIn: [`${topic}, and the commits of what reads it`],
    skipped: [],
    scanned: false,
    more: false,
  };
}

async function atPosition(
  tracer: Tracer,
  route: Route,
  partition: number,
  position: bigint,
  isHeld: boolean,
): Promise<RecordTrace> {
  const { lake, engine } = tracer;
  const held = isHeld ? await batchAt(tracer, route, partition, position) : undefined;
  const stream = await streamPlace(tracer, route, partition, position, held?.arrivalMs[0]);
  if (bitAt(held?.erased, 0)) return { outcome: 'erased', stream, jobs: [] };
  const passing = await commitPassing(lake, route.delivery.address, partition, position, engine.effects);
  if (passing === undefined) {
    const key = isHeld ? await keyAt(tracer, route, partition, position) : undefined;
    return { ...(key === undefined ? {} : { key }), outcome: 'pending', stream, jobs: [] };
  }
  for (const object of objectsIn(passing.commit)) {
    const row = await rowIn(tracer, passing.series, passing.n, object, partition, position);
    if (row === undefined) continue;
    const at = { series: passing.series, commit: passing.n, object: object.key, row };
    const found = await follow(tracer, route, at);
    if (found !== undefined) return found;
  }
  const note = `commit ${passing.n} of ${passing.series} passed it; the log has let it go, so that its object can't be told`;
  return { outcome: 'landed', stream: { ...stream, note }, jobs: [] };
}

async function batchAt(
  { stream }: Tracer,
  { subject }: Route,
  partition: number,
  position: bigint,
): Promise<RecordBatch | undefined> {
  const [batch] = await stream.fetch(subject.stream.topic, partition, position, { maxBytes: 1, until: position + 1n });
  return batch;
}

/** The row of an object that holds this position; undefined where it does not. */
async function rowIn(
  { lake, engine, stream, kernel }: Tracer,
  series: string,
  n: number,
  object: CommittedObject,
  partition: number,
  position: bigint,
): Promise<number | undefined> {
  if (object.kind === 'backup') return undefined;
  if (object.kind === 'error') {
    const lines = (await linesOf(lake, object.key)).toString().split('\n');
    const row = lines.findIndex((line) => {
      if (line === '') return false;
      // Written by deliveries, one JSON object a line.
      const error = JSON.parse(line) as { partition: number; position: string };
      return error.partition === partition && BigInt(error.position) === position;
    });
    return row < 0 ? undefined : row;
  }
  const plan = await openDeliverySeries(lake, series, engine.effects).readPlan(n);
  if (plan === undefined) return undefined;
  const covers = (plan.flushes[object.flush]?.ranges ?? []).some(
    ([each, from, until]) => each === partition && BigInt(from) <= position && position < BigInt(until),
  );
  if (!covers) return undefined;
  const records = await recordsOfObject(plan, n, object, { stream, kernel }, engine.effects);
  const row = records?.findIndex((record) => record.partition === partition && record.position === position) ?? -1;
  return row < 0 ? undefined : row;
}

/** Traces a row of an object: one that a delivery put, a job's table or its quarantine. PH_RECORD_UNKNOWN. */
export async function traceByObject(tracer: Tracer, object: string, row: number): Promise<TraceAnswer> {
  const answer = (records: readonly RecordTrace[]): TraceAnswer => {
    if (records.length === 0) throw unknown(`${object} has no row ${row}`, 'Rows are counted from 0.');
    return { records, lookedIn: [object], skipped: [], scanned: false, more: false };
  };
  for (const route of tracer.routes) {
    const delivered = deliveredAt(route, object, row);
    if (delivered !== undefined) {
      const found = await inCommit(tracer, route, delivered);
      return answer(found === undefined ? [] : [found]);
    }
    for (const job of route.jobs) {
      const quarantine = quarantineFolder(job.entry.address);
      if (object.startsWith(quarantine)) return answer(await fromQuarantine(tracer, route, object, row));
      if (object.startsWith(job.target.definition.location))
        return answer(await fromTable(tracer, route, job, object, row));
    }
  }
  const tables = tracer.routes.flatMap(({ jobs }) => jobs.map(({ target }) => target.definition.location));
  throw unknown(
    `no commit names ${object}`,
    `Looked among the objects of ${tracer.routes.map(({ delivery }) => delivery.address).join(', ')}${tables.length === 0 ? '' : ` and under ${tables.join(', ')}`}.`,
  );
}

function deliveredAt({ delivery }: Route, object: string, row: number): DeliveredRow | undefined {
  const made = parseObjectName(object.slice(object.lastIndexOf('/') + 1), delivery.address);
  if (made === undefined) return undefined;
  const series = laneSeries(delivery.address, made.epoch, made.lane);
  return { series, commit: made.plan, object, row };
}

async function inCommit(tracer: Tracer, route: Route, at: DeliveredRow): Promise<RecordTrace | undefined> {
  const commit = await openDeliverySeries(tracer.lake, at.series, tracer.engine.effects).read(at.commit);
  if (commit === undefined)
    throw unknown(`${at.object} belongs to a plan without a commit`, 'It is under way: run the delivery to its end.');
  return follow(tracer, route, at);
}

async function fromQuarantine(
  tracer: Tracer,
  route: Route,
  object: string,
  row: number,
): Promise<readonly RecordTrace[]> {
  const { lake, session } = tracer;
  const { rows } = await session.all(`SELECT source, row
    FROM ${parquetRows(await lake.localFile(object), 'file_row_number = true')}
    WHERE file_row_number = ${row}`);
  const [source, sourceRow] = rows[0] ?? [];
  const at = source === undefined ? undefined : deliveredAt(route, String(source), Number(sourceRow));
  const found = at === undefined ? undefined : await follow(tracer, route, at);
  return found === undefined ? [] : [found];
}

async function fromTable(
  tracer: Tracer,
  route: Route,
  job: RouteJob,
  object: string,
  row: number,
): Promise<readonly RecordTrace[]> {
  const { lake, session } = tracer;
  const columns = keyFields(job).map((name) => `CAST(${sqlIdentifier(name)} AS VARCHAR)`);
  if (columns.length === 0) {
    throw new PlayheadError('PH_USAGE', `${tableName(job.target)} has no unique key: its rows can't be told apart`, {
      hint: 'Trace from the other side: by the object that the delivery put, or by position.',
    });
  }
  const { rows } = await session.all(`SELECT ${columns.join(', ')}
    FROM ${parquetRows(await lake.localFile(object), 'file_row_number = true')}
    WHERE file_row_number = ${row}`);
  const key = rows[0]?.map(String);
  if (key === undefined) return [];
  const records: RecordTrace[] = [];
  for (const fate of await tracer.fates(job.entry.address, keyText(key))) {
    const at = fate.fate === 'written' ? deliveredAt(route, fate.source, fate.row) : undefined;
    const found = at === undefined ? undefined : await follow(tracer, route, at);
    if (found?.jobs.some((place) => place.object === object) === true) records.push(found);
  }
  return records;
}

/** The key of a record that waits in the log, where it can be read. */
async function keyAt(
  { stream }: Tracer,
  { subject, jobs }: Route,
  partition: number,
  position: bigint,
): Promise<Readonly<Record<string, string>> | undefined> {
  const fields = jobs.flatMap(keyFields);
  const [batch] = await stream.fetch(subject.stream.topic, partition, position, { maxBytes: 1, until: position + 1n });
  const values = batch === undefined || fields.length === 0 ? undefined : fieldsOf(valueAt(batch, 0), fields);
  return values === undefined ? undefined : Object.fromEntries(fields.map((name, i) => [name, values[i] ?? '']));
}

export function unknown(message: string, hint: string): PlayheadError {
  return new PlayheadError('PH_RECORD_UNKNOWN', message, hint === '' ? {} : { hint });
}
