import { suggestion } from '../../base/nearest.ts';
import { counted } from '../../base/units.ts';
import { openDeliverySeries } from '../../delivery/lanes.ts';
import { type CommittedObject, objectsIn } from '../../delivery/plan.ts';
import { commitPassing, type FoundCommit } from '../../ledger/find-commit.ts';
import type { PassedFlush, PassedObject, RecordTrace, TraceAnswer } from '../../ledger/record-trace.ts';
import { bitAt, type RecordBatch, valueAt } from '../../record/batch.ts';
import { recordsIn } from './flush-records.ts';
import { follow, letGo, streamPlace } from './follow.ts';
import { fieldsOf } from './record-fields.ts';
import { keyFields, type Route, type Tracer, unknownRecord } from './tracer.ts';
import { wayGone } from './way-gone.ts';

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
  const flush = await flushPassing(tracer, passing, partition, position);
  for (const object of flush.objects) {
    const records = await recordsIn(tracer, passing.series, passing.n, object);
    const row = records?.findIndex((record) => record.partition === partition && record.position === position) ?? -1;
    if (row < 0) continue;
    const at = { series: passing.series, commit: passing.n, object: object.key, row };
    const found = await follow(tracer, route, at);
    if (found !== undefined) return found;
  }
  if (passing.commit.kind === 'loss') {
    const note = `given up by commit ${passing.n} of ${passing.series}`;
    return { outcome: 'lost', stream: { ...stream, note }, jobs: [] };
  }
  const passed = await passedFlush(tracer, route, passing, flush);
  const trimmed = { ...stream, note: noteOfPassed(flush) };
  // Nothing but an erasure takes rows out of a commit.
  if (passed.objects.length === 0) return { outcome: 'erased', stream: trimmed, jobs: [] };
  return { outcome: 'passed', stream: trimmed, passed, jobs: [] };
}

/** What a commit put of the flush that a position belongs to; of all its flushes, where its plan is gone. */
interface Flush {
  readonly flush?: number;
  readonly plannedMs?: number;
  readonly objects: readonly CommittedObject[];
}

async function flushPassing(
  { lake, engine }: Tracer,
  { series, n, commit }: FoundCommit,
  partition: number,
  position: bigint,
): Promise<Flush> {
  const objects = objectsIn(commit).filter(({ kind }) => kind !== 'backup');
  const plan = await openDeliverySeries(lake, series, engine.effects).readPlan(n);
  const flush = plan?.flushes.findIndex(({ ranges }) => coversPosition(ranges, partition, position)) ?? -1;
  if (plan === undefined || flush < 0) return { objects };
  return { flush, plannedMs: plan.plannedAtMs, objects: objects.filter((object) => object.flush === flush) };
}

/** Where a flush's rows are: the record is one of them. */
async function passedFlush(
  tracer: Tracer,
  { delivery, subject }: Route,
  { series, n, commit }: FoundCommit,
  { objects, ...flush }: Flush,
): Promise<PassedFlush> {
  const { pipeline } = delivery;
  const { table } = subject;
  const owner = table === undefined ? { pipeline } : { pipeline, table: `${table.database}.${table.name}` };
  const standing: PassedObject[] = [];
  for (const object of objects) {
    const { key, kind: holds, rows, erased } = object;
    if (holds === 'backup' || rows === 0) continue;
    const isThere = (await tracer.lake.head(key)) !== undefined;
    // Errors that can be read were looked through.
    if (isThere && holds === 'error') continue;
    const gone = isThere ? undefined : await wayGone(tracer, { ...object, series, commit: n, holds }, owner);
    const since = { ...(erased === undefined ? {} : { erased }), ...(gone === undefined ? {} : { gone }) };
    standing.push({ object: key, holds, rows, ...since });
  }
  return { series, commit: n, ...flush, committedMs: commit.committedAtMs, objects: standing };
}

/** Why the row of a position can't be told. */
function noteOfPassed({ objects }: Flush): string {
  const erased = objects.reduce((sum, object) => sum + (object.erased ?? 0), 0);
  const since = `${counted(erased, 'record')} of its flush ${erased === 1 ? 'was' : 'were'} erased since`;
  const places = counted(objects.filter(({ kind }) => kind === 'data').length, 'object');
  return `${letGo}${erased === 0 ? `; its flush went to ${places}` : `; ${since}`}`;
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
