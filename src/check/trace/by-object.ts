import { PlayheadError } from '../../base/errors.ts';
import { sqlIdentifier } from '../../duck/duck.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import type { RecordTrace, TraceAnswer } from '../../ledger/record-trace.ts';
import { tableName } from '../../pipeline/graph/table-names.ts';
import { keyColumns } from '../../transform/definition.ts';
import { keyText } from '../../transform/fingerprint.ts';
import { quarantineFolder } from '../../transform/quarantine.ts';
import { hasKey } from './derived-places.ts';
import { mostFollowed } from './search.ts';
import { type RouteJob, type Tracer, unknownRecord } from './tracer.ts';
import { type Way, waysOf } from './ways.ts';

/**
 * Traces a row of an object: one that a delivery or a source put, a job's table or its quarantine, or a table that is made of a
 * job's, where it has the key's columns. PH_RECORD_UNKNOWN, PH_USAGE where a table's rows can't be told apart.
 */
export async function traceByObject(tracer: Tracer, object: string, row: number): Promise<TraceAnswer> {
  const ways = waysOf(tracer);
  for (const way of ways) {
    const records = await recordsAt(tracer, way, object, row);
    if (records === undefined) continue;
    if (records.length === 0) throw unknownRecord(`${object} has no row ${row}`, 'Rows are counted from 0.');
    const more = records.length >= mostFollowed;
    return { records, lookedIn: [object], skipped: [], scanned: false, more };
  }
  const tables = ways.flatMap(({ jobs }) => jobs.map(({ target }) => target.definition.location));
  const inputs = [...tracer.routes.map(({ delivery }) => delivery), ...tracer.takings.map(({ source }) => source)];
  throw unknownRecord(
    `no commit names ${object}`,
    `Looked among the objects of ${[...new Set(inputs.map(({ address }) => address))].join(', ')}${tables.length === 0 ? '' : ` and under ${tables.join(', ')}`}.`,
  );
}

/** The records of a row; undefined where the object is none of this way. */
async function recordsAt(
  tracer: Tracer,
  way: Way,
  object: string,
  row: number,
): Promise<readonly RecordTrace[] | undefined> {
  if (way.holds(object)) {
    const found = await way.follow(object, row);
    return found === undefined ? [] : [found];
  }
  for (const job of way.jobs) {
    if (object.startsWith(quarantineFolder(job.entry.address))) return fromQuarantine(tracer, way, object, row);
    if (object.startsWith(job.target.definition.location)) return fromTable(tracer, way, job, object, row);
    const made = (await tracer.derived(job.entry.address)).find((version) => version.object === object);
    if (made === undefined) continue;
    if (!hasKey(tracer.engine.pipelines, made.job, job.entry)) throw withoutKey(made.table);
    return ofKey(tracer, way, job, await keyAt(tracer, job, object, row), object);
  }
  return undefined;
}

async function fromQuarantine(
  { lake, session }: Tracer,
  way: Way,
  object: string,
  row: number,
): Promise<readonly RecordTrace[]> {
  const { rows } = await session.all(`SELECT source, row
    FROM ${parquetRows(await lake.localFile(object), 'file_row_number = true')}
    WHERE file_row_number = ${row}`);
  const [source, sourceRow] = rows[0] ?? [];
  const found = source === undefined ? undefined : await way.follow(String(source), Number(sourceRow));
  return found === undefined ? [] : [found];
}

async function fromTable(
  tracer: Tracer,
  way: Way,
  job: RouteJob,
  object: string,
  row: number,
): Promise<readonly RecordTrace[]> {
  if (keyColumns(job.entry.definition).length === 0) throw withoutKey(tableName(job.target));
  return ofKey(tracer, way, job, await keyAt(tracer, job, object, row), object);
}

function withoutKey(table: string): PlayheadError {
  return new PlayheadError('PH_USAGE', `${table} has no unique key: its rows can't be told apart`, {
    hint: 'Trace from the other side: by the object that the record came in, or by position.',
  });
}

/** The key that stands in a row of a table which has its columns. */
async function keyAt(
  { lake, session }: Tracer,
  { entry }: RouteJob,
  object: string,
  row: number,
): Promise<readonly string[] | undefined> {
  const columns = keyColumns(entry.definition).map((name) => `CAST(${sqlIdentifier(name)} AS VARCHAR)`);
  const { rows } = await session.all(`SELECT ${columns.join(', ')}
    FROM ${parquetRows(await lake.localFile(object), 'file_row_number = true')}
    WHERE file_row_number = ${row}`);
  return rows[0]?.map(String);
}

/** The records of a key whose row stands in an object, or in what the object is made from. */
async function ofKey(
  tracer: Tracer,
  way: Way,
  { entry }: RouteJob,
  key: readonly string[] | undefined,
  object: string,
): Promise<readonly RecordTrace[]> {
  const records: RecordTrace[] = [];
  if (key === undefined) return records;
  for (const { fate, source, row } of await tracer.fates(entry.address, keyText(key))) {
    if (fate !== 'written' || !way.holds(source) || records.length >= mostFollowed) continue;
    const found = await way.follow(source, row);
    const places = [...(found?.jobs ?? []), ...(found?.derived ?? [])];
    if (found !== undefined && places.some((place) => place.object === object)) records.push(found);
  }
  return records;
}
