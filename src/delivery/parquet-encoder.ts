import { isPlayheadError } from '../base/errors.ts';
import { convertToParquet, type RejectedLine } from '../duck/convert.ts';
import type { DuckSession } from '../duck/duck.ts';
import { parquetRows } from '../duck/file-rows.ts';
import type { Spool } from '../duck/spool.ts';
import { formatIssue } from '../record/issue.ts';
import type { RecordType } from '../record/type.ts';
import type { Slice } from './arrival-queue.ts';
import type { EncodedObject } from './encode.ts';
import type { RejectedRecord } from './error-record.ts';
import { framedParts } from './frame-lines.ts';
import type { ParquetKernel } from './parquet-kernel.ts';
import { rejectedRecord } from './split.ts';

/**
 * Parquet by the record type's columns. A record with any value that its column can't hold exactly is rejected whole, as
 * Firehose's format conversion does: a NULL in its place would be a silent loss.
 */
export async function encodeParquet(
  slices: readonly Slice[],
  record: RecordType,
  compression: 'snappy' | 'zstd',
  kernel: ParquetKernel,
): Promise<EncodedObject> {
  const parts = framedParts(slices);
  const lines = { parts, count: slices.reduce((sum, { from, to }) => sum + to - from, 0) };
  const spool = await kernel.spool();
  await using session = await (await kernel.duck()).connect();
  const converted = await convertToParquet(session, spool, record, lines, { compression });
  const { path } = converted;
  return {
    body: { path },
    held: converted,
    rows: converted.rows,
    rawBytes: parts.reduce((sum, part) => sum + part.length, 0),
    rejected: rejectedOf(slices, converted.rejected),
    holdsSameRecords: (stored) => sameRows(kernel, path, stored),
  };
}

/** The records that the columns can't hold, by their ordinals in the slices. */
function rejectedOf(slices: readonly Slice[], lines: readonly RejectedLine[]): RejectedRecord[] {
  const rejected: RejectedRecord[] = [];
  const next = lines.values();
  let line = next.next().value;
  let first = 0;
  for (const { batch, from, to } of slices) {
    for (; line !== undefined && line.ordinal < first + to - from; line = next.next().value) {
      const message = line.issues.map(formatIssue).join('; ');
      const fault = { type: 'format-conversion-failed', code: 'DataFormatConversion.InvalidSchema', message } as const;
      rejected.push(rejectedRecord(batch, from + line.ordinal - first, fault));
    }
    first += to - from;
  }
  return rejected;
}

/** Parquet's bytes change with DuckDB's threads and version: rows are compared, each with its place. */
async function sameRows(kernel: ParquetKernel, made: string, stored: Uint8Array): Promise<boolean> {
  const spool: Spool = await kernel.spool();
  await using session: DuckSession = await (await kernel.duck()).connect();
  await using theirs = await spool.write([stored], '.parquet');
  const rows = (file: string): string => `SELECT *, row_number() OVER () AS _row FROM ${parquetRows(file)}`;
  const missing = (a: string, b: string): string => `(SELECT count(*) FROM (${rows(a)} EXCEPT ALL ${rows(b)}))`;
  try {
    const count = await session.value(`SELECT ${missing(made, theirs.path)} + ${missing(theirs.path, made)}`);
    return Number(count) === 0;
  } catch (cause) {
    // Other columns, or no Parquet at all: whatever it is, it does not hold our records.
    if (isPlayheadError(cause, 'PH_SQL_INVALID') || isPlayheadError(cause, 'PH_SQL_FAILED')) return false;
    throw cause;
  }
}
