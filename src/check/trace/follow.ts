import { openDeliverySeries } from '../../delivery/lanes.ts';
import { type DeliveryCommit, objectsIn } from '../../delivery/plan.ts';
import {
  type DeliveryPlace,
  type DerivedPlace,
  type JobPlace,
  outcomeOf,
  type RecordTrace,
  type StreamPlace,
} from '../../ledger/record-trace.ts';
import { derivedPlaces } from './derived-places.ts';
import { recordsIn } from './flush-records.ts';
import { jobPlace } from './job-place.ts';
import { fieldsAt, lineAt, linesOf } from './record-fields.ts';
import { type DeliveredRow, keyFields, type Route, type RouteJob, type Tracer } from './tracer.ts';

/** Follows a delivered record both ways: back to the stream, on to the tables. Undefined where its commit does not name it. */
export async function follow(tracer: Tracer, route: Route, at: DeliveredRow): Promise<RecordTrace | undefined> {
  const { lake, engine } = tracer;
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
  const record = (await recordsIn(tracer, at.series, at.commit, object))?.[at.row];
  const place =
    record === undefined
      ? trimmed(route, commit)
      : await streamPlace(tracer, route, record.partition, record.position, record.arrivalMs);
  const note = record === undefined || record.arrivalMs !== undefined ? {} : { note: letGo };
  return withJobs(tracer, route, { stream: { ...place, ...note }, delivery });
}

/** Of a place in the stream, for whoever reads a trace. */
export const letGo = 'the log has let it go';

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
  const note = `${letGo}; its commit passed ${known.slice(0, 3).join('; ')}${known.length > 3 ? '; …' : ''}`;
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
  const { keys, ...places } = await placesIn(tracer, jobs, delivery, (_, fields) =>
    fieldsAt(tracer, delivery.object, delivery.row, fields),
  );
  return { ...keys, outcome: outcomeOf({ delivery, jobs: places.jobs }), stream, delivery, ...places };
}

/** What jobs made of a record of their input, and others of that. `read` gives the fields of its key, where they can be read. */
export async function placesIn(
  tracer: Tracer,
  jobs: readonly RouteJob[],
  at: DeliveredRow,
  read: (job: RouteJob, fields: readonly string[]) => Promise<readonly string[] | undefined>,
): Promise<Pick<RecordTrace, 'jobs' | 'derived'> & { readonly keys: Pick<RecordTrace, 'key'> }> {
  const places: JobPlace[] = [];
  const derived: DerivedPlace[] = [];
  const keys: Record<string, string> = {};
  for (const job of jobs) {
    const fields = keyFields(job);
    const own = await read(job, fields);
    const { place, key } = await jobPlace(tracer, job, own, at);
    const values = own ?? key;
    fields.forEach((name, i) => {
      const value = values?.[i];
      if (value !== undefined) keys[name] = value;
    });
    places.push(place);
    if (place.fate === 'written') derived.push(...(await derivedPlaces(tracer, job, place, key ?? own)));
  }
  return {
    keys: Object.keys(keys).length === 0 ? {} : { key: keys },
    jobs: places,
    ...(derived.length === 0 ? {} : { derived }),
  };
}
