import { PlayheadError } from '../../base/errors.ts';
import { counted } from '../../base/units.ts';
import { sqlIdentifier, sqlString } from '../../duck/duck.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import { isErased } from '../../govern/erase/erased-people.ts';
import { partitionPath } from '../../lake/hive-layout.ts';
import type { TraceAnswer } from '../../ledger/record-trace.ts';
import { registeredObjects } from '../../pipeline/engine/registered-objects.ts';
import { tableName } from '../../pipeline/graph/table-names.ts';
import { versionFile } from '../../table/retained.ts';
import type { RecordFate } from '../../transform/committed-sidecars.ts';
import { keyColumns } from '../../transform/definition.ts';
import { keyText } from '../../transform/fingerprint.ts';
import { follow, streamPlace } from './follow.ts';
import { refuseUnknownFields } from './known-fields.ts';
import type { Wanted } from './record-fields.ts';
import { notReadYet, scanDelivered, scanPending } from './scan.ts';
import { followFound, mostFollowed, type Search, wantedKey } from './search.ts';
import { takenByKey } from './taken-by-key.ts';
import { type DeliveredRow, keyFields, type Route, type RouteJob, type Tracer, unknownRecord } from './tracer.ts';
import { deliveredAt } from './ways.ts';

/**
 * Traces the records that have these values. Where they are the unique key of a job, its sidecars say where each is; what
 * no job has read yet, and what waits in the log, is looked through where they don't know it, or with `all`. By other fields
 * everything is, and with `all` where nothing was found. PH_USAGE for a field that no record has, PH_RECORD_UNKNOWN.
 */
export async function traceByKey(tracer: Tracer, wanted: Wanted, all = false): Promise<TraceAnswer> {
  refuseUnknownFields(tracer, wanted);
  const search: Search = { records: [], lookedIn: [], skipped: [], scanned: false, more: false };
  for (const route of tracer.routes) {
    const keyed = route.jobs.flatMap((job) => {
      const key = wantedKey(job, wanted);
      return key === undefined ? [] : [{ job, key }];
    });
    for (const { job, key } of keyed) await byFates(tracer, route, job, key, search);
    if (keyed.length === 0) await byScan(tracer, route, wanted, search);
    else if (search.records.length > 0 && !all) {
      search.skipped.push(...(await notReadYet(tracer, route)));
      continue;
    } else await unread(tracer, route, wanted, search);
    await waiting(tracer, route, wanted, search);
  }
  for (const taking of tracer.takings) await takenByKey(tracer, taking, wanted, search, all);
  if (search.records.length === 0) for (const route of tracer.routes) await amongErrors(tracer, route, wanted, search);
  if (search.records.length === 0 && all)
    for (const route of tracer.routes) await everythingDelivered(tracer, route, wanted, search);
  if (search.records.length === 0) throw await notFound(tracer, wanted, search.lookedIn, all);
  return search;
}

/** What no sidecar knows by this key: a record that was replayed under another, or whose partition has expired. */
async function everythingDelivered(tracer: Tracer, route: Route, wanted: Wanted, search: Search): Promise<void> {
  const { rows, objects } = await scanDelivered(tracer, route, wanted, { all: true, holds: 'data' });
  search.lookedIn.push(`${counted(objects, 'object')} of ${route.delivery.address}, by reading all of them`);
  search.scanned = true;
  await add(tracer, route, rows, search);
}

/** Says where it was looked for, and what partitions there are: a record of another time is in none of them. */
async function notFound(
  tracer: Tracer,
  wanted: Wanted,
  lookedIn: readonly string[],
  all: boolean,
): Promise<PlayheadError> {
  const { home, effects } = tracer.engine;
  for (const [field, value] of Object.entries(wanted))
    if (await isErased(home.root, { field, value }, effects))
      return unknownRecord(
        `${field}=${value} was erased here: of records about them, only their places are left`,
        '`playhead ledger` counts them as erased; by its position, each can still be traced.',
      );
  const ranges: string[] = [];
  for (const { target } of [...tracer.routes, ...tracer.takings].flatMap(({ jobs }) => jobs)) {
    const { location, partitions } = target.definition;
    const objects = await registeredObjects(tracer.engine, target);
    const paths = objects.map(({ partition }) => partitionPath(Object.keys(partitions), partition)).sort();
    const [first, last] = [paths[0], paths.at(-1)];
    if (first !== undefined && first !== '') ranges.push(`${location} has partitions ${first} to ${last}`);
  }
  const what = Object.entries(wanted).map(([name, value]) => `${name}=${value}`);
  return new PlayheadError('PH_RECORD_UNKNOWN', `no record has ${what.join(' and ')}`, {
    hint: `Looked in: ${[...lookedIn, ...ranges].join('; ')}.${all ? '' : ' With --all, every delivered object is read.'}`,
    details: { wanted, lookedIn, partitions: ranges },
  });
}

async function byFates(
  tracer: Tracer,
  route: Route,
  job: RouteJob,
  key: readonly string[],
  search: Search,
): Promise<void> {
  const fates = await tracer.fates(job.entry.address, await tracer.keyText(job, key));
  search.lookedIn.push(`the sidecars of ${job.entry.address}, sorted by key`);
  const rows = fates.flatMap((fate) => deliveredRow(route, fate));
  await add(tracer, route, rows, search);
}

function deliveredRow(route: Route, { source, sourceCommit: commit, row }: RecordFate): readonly DeliveredRow[] {
  const at = deliveredAt(route, source, row);
  return at === undefined ? [] : [{ ...at, commit }];
}

async function add(tracer: Tracer, route: Route, rows: readonly DeliveredRow[], search: Search): Promise<void> {
  await followFound(search, rows, (row) => follow(tracer, route, row));
}

async function unread(tracer: Tracer, route: Route, wanted: Wanted, search: Search): Promise<void> {
  const { rows, objects } = await scanDelivered(tracer, route, wanted, { all: false, holds: 'data' });
  search.lookedIn.push(`${counted(objects, 'object')} of ${route.delivery.address} that no job has read yet`);
  await add(tracer, route, rows, search);
}

async function waiting(tracer: Tracer, route: Route, wanted: Wanted, search: Search): Promise<void> {
  const { found, records } = await scanPending(tracer, route, wanted);
  search.lookedIn.push(
    `${counted(records, 'record')} of ${route.subject.stream.topic} that wait for ${route.delivery.address}`,
  );
  for (const { partition, position, arrivalMs } of found) {
    if (search.records.length >= mostFollowed) search.more = true;
    else
      search.records.push({
        key: wanted,
        outcome: 'pending',
        stream: await streamPlace(tracer, route, partition, position, arrivalMs),
        jobs: [],
      });
  }
}

async function amongErrors(tracer: Tracer, route: Route, wanted: Wanted, search: Search): Promise<void> {
  const { rows, objects } = await scanDelivered(tracer, route, wanted, { all: true, holds: 'error' });
  search.lookedIn.push(`${counted(objects, 'error object')} of ${route.delivery.address}, for the text`);
  if (objects > 0) search.scanned = true;
  await followFound(search, rows, async (row) => {
    const record = await follow(tracer, route, row);
    return record === undefined ? undefined : { ...record, textMatch: wanted };
  });
}

/** By fields that are no job's key: the table of a job that has them, else every delivered object. */
async function byScan(tracer: Tracer, route: Route, wanted: Wanted, search: Search): Promise<void> {
  search.scanned = true;
  const names = Object.keys(wanted);
  const job = route.jobs.find(
    (each) => keyFields(each).length > 0 && names.every((name) => name in each.target.definition.record.fields),
  );
  if (job === undefined) return everythingDelivered(tracer, route, wanted, search);
  const keys = await keysInTable(tracer, job, wanted);
  search.lookedIn.push(`${tableName(job.target)}, by reading ${names.join(', ')} of every row`);
  for (const key of keys) {
    const fates = await tracer.fates(job.entry.address, keyText(key));
    const rows = fates.flatMap((fate) => deliveredRow(route, fate));
    await add(tracer, route, rows, search);
  }
  await unread(tracer, route, wanted, search);
}

/** Files that one statement reads: progress is shown between them. */
const filesAtOnce = 8;

async function keysInTable(tracer: Tracer, job: RouteJob, wanted: Wanted): Promise<readonly (readonly string[])[]> {
  const objects = await registeredObjects(tracer.engine, job.target);
  const keys: (readonly string[])[] = [];
  const columns = keyColumns(job.entry.definition).map((name) => `CAST(${sqlIdentifier(name)} AS VARCHAR)`);
  const matches = Object.entries(wanted).map(
    ([name, value]) => `CAST(${sqlIdentifier(name)} AS VARCHAR) = ${sqlString(value)}`,
  );
  for (let at = 0; at < objects.length && keys.length <= mostFollowed; at += filesAtOnce) {
    tracer.watch(`scanning ${tableName(job.target)}: object ${at + 1} of ${objects.length}`);
    const files: string[] = [];
    for (const object of objects.slice(at, at + filesAtOnce)) files.push(await versionFile(tracer.lake, object));
    const { rows } = await tracer.session.all(`SELECT ${columns.join(', ')}
      FROM ${parquetRows(files)}
      WHERE ${matches.join(' AND ')} LIMIT ${mostFollowed + 1}`);
    keys.push(...rows.map((row) => row.map(String)));
  }
  return keys;
}
