import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import { formatBytes } from '../../base/units.ts';
import type { Duck, DuckSession } from '../../duck/duck.ts';
import { csvRows, parquetRows } from '../../duck/file-rows.ts';
import type { ObjectInfo, ObjectStore } from '../../lake/object-store.ts';
import { storageError } from '../../lake/storage-error.ts';
import { LineSplitter } from '../../source/line-splitter.ts';
import { folderHour } from './folder-hour.ts';
import { recordsOfLine } from './record-lines.ts';
import type { Container, SideBatch, SideFormat, SideRecord } from './side.ts';
import { peek, unpacked } from './unpack.ts';

export interface ObjectSidePorts {
  readonly duck: () => Promise<Duck>;
  /** A folder of this call alone, where packed CSV is laid out for DuckDB. */
  readonly scratch: string;
}

/** A line of an object without newlines is the whole object. */
const maxLineBytes = 256 * 1024 ** 2;
const batchRecords = 1024;

/** The records of one object: JSON (a line each, or one after the other), CSV with a header, or Parquet; packed or not. */
export async function* objectSide(
  store: ObjectStore,
  object: ObjectInfo,
  ports: ObjectSidePorts,
  effects: Effects,
): AsyncGenerator<SideBatch> {
  const { key } = object;
  const { body } = await store.get(key, { ifMatch: object.etag });
  const peeked = await peek(body);
  const format = formatOf(peeked.head, key);
  const hourMs = folderHour(key);
  const container: Container = { name: key, format, times: [], ...(hourMs === undefined ? {} : { hourMs }) };
  if (format === 'json') {
    yield* jsonLines(container, unpacked(peeked, key));
    return;
  }
  if (format === 'csv') {
    const path = join(ports.scratch, 'rows.csv');
    const file = await effects.fs.open(path, 'w', 0o600);
    await pipeline(unpacked(peeked, key), file.createWriteStream()).catch((cause: unknown) => {
      throw storageError(cause, `laying out ${key}`);
    });
    yield* duckRows(container, csvRows(path, 'header = true, all_varchar = true'), ports);
    return;
  }
  // The file is read by DuckDB; what was peeked at is let go.
  for await (const _ of peeked.body) break;
  await using held = new AsyncDisposableStack();
  const path = await store.localFile(key, object.etag, held);
  yield* duckRows(container, parquetRows(path), ports);
}

function formatOf(head: Uint8Array, key: string): SideFormat {
  if (Buffer.from(head.subarray(0, 4)).toString('latin1') === 'PAR1') return 'parquet';
  const name = key.slice(key.lastIndexOf('/') + 1).toLowerCase();
  return /\.[ct]sv(\.|$)/.test(name) ? 'csv' : 'json';
}

async function* jsonLines(container: Container, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<SideBatch> {
  const splitter = new LineSplitter(maxLineBytes);
  let records: SideRecord[] = [];
  const take = function* (lines: ReturnType<LineSplitter['split']>): Generator<SideBatch> {
    for (const line of lines) {
      if (line.bytes === undefined) throw tooLong(container.name, line.number, line.sizeBytes);
      records.push(...recordsOfLine(line.bytes, line.number));
      if (records.length < batchRecords) continue;
      yield { container, records };
      records = [];
    }
  };
  for await (const chunk of bytes) yield* take(splitter.split(chunk));
  yield* take(splitter.rest());
  if (records.length > 0) yield { container, records };
}

function tooLong(name: string, line: number, sizeBytes: number): PlayheadError {
  return new PlayheadError('PH_RECORD_TOO_LARGE', `${name}, line ${line}: longer than ${formatBytes(sizeBytes)}`, {
    hint: `A record is read whole: lines may have ${formatBytes(maxLineBytes)}.`,
    details: { object: name, line },
  });
}

/** Rows in the order of the file, each as JSON. */
async function* duckRows(container: Container, from: string, ports: ObjectSidePorts): AsyncGenerator<SideBatch> {
  await using session = await (await ports.duck()).connect();
  const described: Container = { ...container, times: await timeColumns(session, from) };
  let row = 0;
  for await (const { rows } of session.stream(`SELECT CAST(to_json(_row) AS VARCHAR) FROM ${from} AS _row`)) {
    const records = rows.map(([json]): SideRecord => {
      row += 1;
      return { bytes: Buffer.from(String(json)), at: String(row) };
    });
    if (records.length > 0) yield { container: described, records };
  }
}

async function timeColumns(session: DuckSession, from: string): Promise<readonly string[]> {
  const { rows } = await session.all(`DESCRIBE SELECT * FROM ${from}`);
  return rows.flatMap(([name, type]) => (String(type).startsWith('TIMESTAMP') ? [String(name)] : []));
}
