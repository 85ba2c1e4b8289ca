import { suggestion } from '../../base/nearest.ts';
import { counted } from '../../base/units.ts';
import { openDeliverySeries } from '../../delivery/lanes.ts';
import { type CommittedObject, objectsIn } from '../../delivery/plan.ts';
import { commitPassing, type FoundCommit } from '../../ledger/find-commit.ts';
import { recordsOfObject } from '../../ledger/flush-places.ts';
import type { RecordTrace, TraceAnswer } from '../../ledger/record-trace.ts';
import { bitAt, type RecordBatch, valueAt } from '../../record/batch.ts';
import { follow, streamPlace } from './follow.ts';
import { fieldsOf, keyFields, linesOf, type Route, type Tracer, unknownRecord } from './tracer.ts';

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
    throw unknownRecord(`no delivery reads a topic ${topic}`, suggestion(topic, topics));
  }
  const state = await tracer.stream.describe(topic);
  const held = state?.state.find((each) => each.partition === partition);
  if (held === undefined)
    throw unknownRecord(`${topic} has no partition ${partition}`, `It has ${state?.partitions ?? 0}, from 0.`);
  if (position >= held.end)
    throw unknownRecord(
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
  if (passing.commit.kind === 'loss') {
    const note = `given up by commit ${passing.n} of ${passing.series}`;
    return { outcome: 'lost', stream: { ...stream, note }, jobs: [] };
  }
  const { rows, erased } = await leftOfFlush(tracer, passing, partition, position);
  const some =
    erased === 0 ? '' : `; ${counted(erased, 'record')} of its flush ${erased === 1 ? 'was' : 'were'} erased since`;
  const note = `commit ${passing.n} of ${passing.series} passed it; the log has let it go, so that its row can't be told${some}`;
  return { outcome: rows === 0 ? 'erased' : 'passed', stream: { ...stream, note }, jobs: [] };
}

/**
 * Of the records that were delivered in one flush with a position: how many rows are left, and how many erasures took out of
 * their objects. Nothing but an erasure takes rows out of a commit.
 */
async function leftOfFlush(
  { lake, engine }: Tracer,
  { series, n, commit }: FoundCommit,
  partition: number,
  position: bigint,
): Promise<{ readonly rows: number; readonly erased: number }> {
  const plan = await openDeliverySeries(lake, series, engine.effects).readPlan(n);
  const flush = plan?.flushes.findIndex(({ ranges }) => coversPosition(ranges, partition, position)) ?? -1;
  let [rows, erased] = [0, 0];
  for (const object of objectsIn(commit)) {
    if (object.kind === 'backup' || (flush >= 0 && object.flush !== flush)) continue;
    rows += object.rows;
    erased += object.erased ?? 0;
  }
  return { rows, erased };
}

function coversPosition(
  ranges: readonly (readonly [partition: number, from: string, until: string])[],
  partition: number,
  position: bigint,
): boolean {
  return ranges.some(
    ([each, from, until]) => each === partition && BigInt(from) <= position && position < BigInt(until),
  );
}

async function batchAt(
  { stream }: Tracer,
  { subject }: Route,
  partition: number,
  position: bigint,
): Promise<RecordBatch | undefined> {
  const options = { maxBytes: 1, until: position + 1n };
  return (await stream.fetch(subject.stream.topic, partition, position, options)).batches[0];
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
  if (!coversPosition(plan.flushes[object.flush]?.ranges ?? [], partition, position)) return undefined;
  const records = await recordsOfObject(plan, n, object, { stream, kernel }, engine.effects);
  const row = records?.findIndex((record) => record.partition === partition && record.position === position) ?? -1;
  return row < 0 ? undefined : row;
}

/** The key of a record that waits in the log, where it can be read. */
async function keyAt(
  tracer: Tracer,
  route: Route,
  partition: number,
  position: bigint,
): Promise<Readonly<Record<string, string>> | undefined> {
  const fields = route.jobs.flatMap(keyFields);
  const batch = await batchAt(tracer, route, partition, position);
  const values = batch === undefined || fields.length === 0 ? undefined : fieldsOf(valueAt(batch, 0), fields);
  return values === undefined ? undefined : Object.fromEntries(fields.map((name, i) => [name, values[i] ?? '']));
}
