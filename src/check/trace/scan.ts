import { counted } from '../../base/units.ts';
import { storedCommits } from '../../commit/packed-commits.ts';
import { deliverySeriesNames } from '../../delivery/contributors.ts';
import { openDeliverySeries } from '../../delivery/lanes.ts';
import { type CommittedObject, type DeliveryCommit, objectsIn } from '../../delivery/plan.ts';
import { deliveryStanding, deliveryState } from '../../delivery/state.ts';
import { sqlIdentifier, sqlString } from '../../duck/duck.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import { positionAt, type RecordBatch, valueAt } from '../../record/batch.ts';
import { jobPositions } from '../../transform/account.ts';
import { fieldsOf, linesOf, type Wanted } from './record-fields.ts';
import { rawDataMatcher } from './text-match.ts';
import type { DeliveredRow, Route, Tracer } from './tracer.ts';

const fetchBytes = 8 * 1024 ** 2;

const backslash = 0x5c;

/**
 * True for a record of these bytes. A look for the values as text spares parsing nearly all of them; where a backslash stands,
 * a value may be written otherwise than it reads (`\/`, `\u00fc`).
 */
export function matcher(wanted: Wanted): (record: Uint8Array) => boolean {
  const fields = Object.keys(wanted);
  const values = Object.values(wanted);
  const needles = values.map((value) => Buffer.from(JSON.stringify(value).slice(1, -1)));
  return (record) => {
    const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
    if (!bytes.includes(backslash) && !needles.every((needle) => bytes.includes(needle))) return false;
    return fieldsOf(record, fields)?.every((value, i) => value === values[i]) === true;
  };
}

/** Commits of a delivery's series that one of its jobs has not read; all of them where it has no job. */
async function unreadFrom(tracer: Tracer, route: Route): Promise<ReadonlyMap<string, number>> {
  const { lake, engine } = tracer;
  const { jobs } = route;
  const positions = await Promise.all(jobs.map(({ entry }) => jobPositions(lake, entry.address, engine.effects)));
  const names = await deliverySeriesNames(lake, route.delivery.address);
  return new Map(
    names.map((name) => [
      name,
      Math.min(...positions.map((of) => of[name] ?? 0), jobs.length === 0 ? 0 : Number.POSITIVE_INFINITY),
    ]),
  );
}

/** What lies behind the route's jobs and its delivery, without looking into it. */
export async function notReadYet(tracer: Tracer, route: Route): Promise<readonly string[]> {
  const { stream, lake, engine } = tracer;
  let commits = 0;
  for (const [series, first] of await unreadFrom(tracer, route))
    commits += (await openDeliverySeries(lake, series, engine.effects).head()).next - first;
  const { pendingRecords } = await deliveryState(route.subject, { stream, lake }, engine.effects);
  return [
    ...(commits === 0 ? [] : [`${counted(commits, 'commit')} of ${route.delivery.address} that no job has read yet`]),
    ...(pendingRecords === 0
      ? []
      : [
          `${counted(pendingRecords, 'record')} of ${route.subject.stream.topic} that wait for ${route.delivery.address}`,
        ]),
  ];
}

export interface ObjectScan {
  readonly rows: readonly DeliveredRow[];
  readonly objects: number;
}

/** Looks through delivered objects that no job has read; through all of them with `all`. */
export async function scanDelivered(
  tracer: Tracer,
  route: Route,
  wanted: Wanted,
  options: { readonly all: boolean; readonly holds: 'data' | 'error' },
): Promise<ObjectScan> {
  const { lake, watch } = tracer;
  const from = await unreadFrom(tracer, route);
  const rows: DeliveredRow[] = [];
  let objects = 0;
  for (const [series, first] of from) {
    const start = options.all ? 0 : first;
    for await (const { n, commit } of storedCommits<DeliveryCommit>(lake, series, start))
      for (const object of objectsIn(commit)) {
        if (object.kind !== options.holds) continue;
        objects += 1;
        watch(`scanning ${route.delivery.address}: object ${objects}, commit ${n}`);
        for (const row of await rowsOf(tracer, object, wanted))
          rows.push({ series, commit: n, object: object.key, row });
      }
  }
  return { rows, objects };
}

async function rowsOf({ lake, session }: Tracer, object: CommittedObject, wanted: Wanted): Promise<readonly number[]> {
  if ((await lake.head(object.key)) === undefined) return [];
  if (object.kind === 'data' && object.key.endsWith('.parquet')) {
    const matches = Object.entries(wanted).map(
      ([name, value]) => `CAST(${sqlIdentifier(name)} AS VARCHAR) = ${sqlString(value)}`,
    );
    await using held = new AsyncDisposableStack();
    const { rows } = await session.all(`SELECT file_row_number
      FROM ${parquetRows(await lake.localFile(object.key, undefined, held), 'file_row_number = true')}
      WHERE ${matches.join(' AND ')}`);
    return rows.map(([row]) => Number(row));
  }
  const lines = await linesOf(lake, object.key);
  const matches = object.kind === 'error' ? rawDataMatcher(wanted) : matcher(wanted);
  const found: number[] = [];
  let start = 0;
  for (let row = 0; start < lines.length; row += 1) {
    const newline = lines.indexOf(0x0a, start);
    const end = newline < 0 ? lines.length : newline;
    if (matches(lines.subarray(start, end))) found.push(row);
    start = end + 1;
  }
  return found;
}

export interface PendingRecord {
  readonly partition: number;
  readonly position: bigint;
  readonly arrivalMs: number;
}

export interface PendingScan {
  readonly found: readonly PendingRecord[];
  readonly records: number;
}

/** Looks through what the log holds past the delivery's position. */
export async function scanPending(tracer: Tracer, route: Route, wanted: Wanted): Promise<PendingScan> {
  const { stream, lake, engine, watch } = tracer;
  const { topic } = route.subject.stream;
  const state = await stream.describe(topic);
  const { positions } = await deliveryStanding(route.subject, { stream, lake }, engine.effects);
  const matches = matcher(wanted);
  const found: PendingRecord[] = [];
  let records = 0;
  for (const { partition, start, end } of state?.state ?? []) {
    const stands = positions.get(partition) ?? start;
    let next = stands > start ? stands : start;
    while (next < end) {
      const { batches, next: after } = await stream.fetch(topic, partition, next, { maxBytes: fetchBytes });
      if (after === next) break;
      for (const batch of batches) {
        records += batch.count;
        found.push(...matchesIn(batch, matches));
      }
      watch(`scanning ${topic}: ${records} records that wait`);
      next = after;
    }
  }
  return { found, records };
}

function matchesIn(batch: RecordBatch, matches: (record: Uint8Array) => boolean): readonly PendingRecord[] {
  const found: PendingRecord[] = [];
  for (let i = 0; i < batch.count; i += 1)
    if (matches(valueAt(batch, i)))
      found.push({ partition: batch.partition, position: positionAt(batch, i), arrivalMs: batch.arrivalMs[i] ?? 0 });
  return found;
}
