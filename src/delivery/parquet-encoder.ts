import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { type DuckSession, sqlString } from '../duck/duck.ts';
import { typedSelect } from '../duck/typed-select.ts';
import type { RecordType } from '../record/type.ts';
import type { Slice } from './arrival-queue.ts';
import type { EncodedObject } from './encode.ts';
import type { RejectedRecord } from './error-record.ts';
import { frameLines } from './frame-lines.ts';
import type { DuckSource } from './plan-tools.ts';
import { rejectedRecord } from './split.ts';

/**
 * Parquet by the record type's columns. A record with any value that its column can't hold exactly is rejected whole, as
 * Firehose's format conversion does: a NULL in its place would be a silent loss.
 */
export async function encodeParquet(
  slices: readonly Slice[],
  record: RecordType,
  compression: 'snappy' | 'zstd',
  duck: DuckSource,
  effects: Effects,
): Promise<EncodedObject> {
  const raw = frameLines(slices);
  const { connect, temporaryDirectory } = await duck();
  const spool = join(temporaryDirectory, `delivery-${effects.random.uint32()}${effects.random.uint32()}`);
  await using session = await connect();
  try {
    await effects.fs.writeFile(`${spool}.ndjson`, raw);
    await session.run(convertSql(record, `${spool}.ndjson`));
    const rejected = await rejectedOf(session, slices);
    await session.run(`COPY (SELECT * EXCLUDE (_ordinal, _issues) FROM converted WHERE len(_issues) = 0 ORDER BY _ordinal)
      TO ${sqlString(`${spool}.parquet`)} (FORMAT parquet, COMPRESSION ${compression})`);
    const bytes = await effects.fs.readFile(`${spool}.parquet`);
    const rows = slices.reduce((sum, { from, to }) => sum + to - from, 0) - rejected.length;
    return { bytes, rows, rawBytes: raw.length, rejected, holdsSameRecords: sameRows(bytes, duck, effects) };
  } finally {
    await removeFiles([`${spool}.ndjson`, `${spool}.parquet`], effects);
  }
}

function convertSql(record: RecordType, file: string): string {
  const lines = `(SELECT json AS _line, row_number() OVER () - 1 AS _ordinal FROM read_ndjson_objects(${sqlString(file)}))`;
  return `CREATE TEMP TABLE converted AS ${typedSelect(record, lines, { carry: ['_ordinal'] })}`;
}

/** The records that the columns can't hold, by their ordinals in the slices. */
async function rejectedOf(session: DuckSession, slices: readonly Slice[]): Promise<RejectedRecord[]> {
  const faults = await session.all(
    `SELECT _ordinal, array_to_string(list_transform(_issues, lambda i:
       CASE WHEN i.path = '' THEN '' ELSE i.path || ': ' END || 'expected ' || i.expected || ', got ' || i.got || ' (' || i.rule || ')'), '; ')
     FROM converted WHERE len(_issues) > 0 ORDER BY _ordinal`,
  );
  const messages = new Map(faults.rows.map(([ordinal, message]) => [Number(ordinal), String(message)]));
  const rejected: RejectedRecord[] = [];
  let first = 0;
  for (const { batch, from, to } of messages.size === 0 ? [] : slices) {
    for (let i = from; i < to; i += 1) {
      const message = messages.get(first + i - from);
      if (message === undefined) continue;
      const fault = { type: 'format-conversion-failed', code: 'DataFormatConversion.InvalidSchema', message } as const;
      rejected.push(rejectedRecord(batch, i, fault));
    }
    first += to - from;
  }
  return rejected;
}

/** Parquet's bytes change with DuckDB's threads and version: rows are compared, each with its place. */
function sameRows(made: Uint8Array, duck: DuckSource, effects: Effects): EncodedObject['holdsSameRecords'] {
  return async (stored) => {
    const { connect, temporaryDirectory } = await duck();
    const spool = join(temporaryDirectory, `delivery-${effects.random.uint32()}${effects.random.uint32()}`);
    const files = [`${spool}.made.parquet`, `${spool}.stored.parquet`] as const;
    await using session = await connect();
    try {
      await effects.fs.writeFile(files[0], made);
      await effects.fs.writeFile(files[1], stored);
      const rows = (file: string): string =>
        `SELECT *, row_number() OVER () AS _row FROM read_parquet(${sqlString(file)})`;
      const different = (a: string, b: string): string => `(SELECT count(*) FROM (${rows(a)} EXCEPT ALL ${rows(b)}))`;
      const count = await session.value(`SELECT ${different(files[0], files[1])} + ${different(files[1], files[0])}`);
      return Number(count) === 0;
    } finally {
      await removeFiles(files, effects);
    }
  };
}

async function removeFiles(paths: readonly string[], effects: Effects): Promise<void> {
  for (const path of paths) await effects.fs.rm(path, { force: true });
}
