import { isPlayheadError, PlayheadError } from '../base/errors.ts';
import type { Issue, IssueRule } from '../record/issue.ts';
import type { RecordType } from '../record/type.ts';
import { type DuckSession, sqlString } from './duck.ts';
import { jsonObjectRows } from './file-rows.ts';
import { lineSorter, type OddLine, type SortedLines } from './plain-lines.ts';
import type { Spool, SpoolFile } from './spool.ts';
import { strictSelect } from './strict-select.ts';
import { type TypedSelectOptions, typedSelect } from './typed-select.ts';

export interface ConvertSettings {
  readonly compression: 'snappy' | 'zstd';
  readonly unknownFields?: NonNullable<TypedSelectOptions['unknownFields']>;
}

/** A line that the columns cannot hold, by its ordinal (from 0) among the lines, with all that is wrong with it. */
export interface RejectedLine {
  readonly ordinal: number;
  readonly issues: readonly Issue[];
}

export interface Converted extends AsyncDisposable {
  /** The Parquet file: the good lines in their order, in the columns of the record type. */
  readonly path: string;
  readonly rows: number;
  readonly rejected: readonly RejectedLine[];
  /** Whether every line was plain, and the one strict pass was enough. */
  readonly clean: boolean;
}

/** NDJSON in parts, each of whole lines: `count` of them, each one JSON object without duplicate keys (`findNonObjects`). */
export interface ObjectLines {
  readonly parts: readonly Uint8Array[];
  readonly count: number;
}

interface Conversion {
  readonly session: DuckSession;
  readonly spool: Spool;
  readonly record: RecordType;
  readonly settings: ConvertSettings;
}

type Outcome = Pick<Converted, 'rows' | 'rejected' | 'clean'>;

/**
 * Converts lines to Parquet by a record type. Plain lines take one strict pass; the few others are read one by one, and each
 * bad one is kept out and named. Where one of those is good after all, or a plain one breaks a rule, all lines are read one by
 * one. No value is ever rounded, cut or replaced by NULL.
 * Throws PH_CONVERSION_FAILED where the rows do not add up to the lines; PH_STORAGE_*, PH_INTERRUPTED.
 */
export async function convertToParquet(
  session: DuckSession,
  spool: Spool,
  record: RecordType,
  lines: ObjectLines,
  settings: ConvertSettings,
): Promise<Converted> {
  const conversion = { session, spool, record, settings };
  const output = await spool.reserve(sizeOf(lines.parts), '.parquet');
  try {
    const { rows, rejected, clean } =
      (await convertSorted(conversion, lines, output)) ?? (await convertChecked(conversion, lines.parts, output));
    if (rows + rejected.length !== lines.count) {
      const message = `${lines.count} lines became ${rows} rows and ${rejected.length} rejected lines`;
      throw new PlayheadError('PH_CONVERSION_FAILED', message, { details: { record: record.name } });
    }
    return { path: output.path, rows, rejected, clean, [Symbol.asyncDispose]: () => output[Symbol.asyncDispose]() };
  } catch (error) {
    await output[Symbol.asyncDispose]();
    throw error;
  }
}

/** Of so many lines, this part may be odd before they are all read one by one at once: it would mostly come to that. */
const oddShare = 1 / 8;

/** Undefined where the lines are not plain ones and bad ones alone. */
async function convertSorted(
  conversion: Conversion,
  { parts, count }: ObjectLines,
  output: SpoolFile,
): Promise<Outcome | undefined> {
  const sorted = lineSorter(conversion.record)?.(parts);
  if (sorted === undefined || sorted.count !== count || sorted.odd.length > count * oddShare) return undefined;
  const rejected = await rejectedOdd(conversion, sorted.odd);
  if (rejected === undefined) return undefined;
  const rows = await convertStrictly(conversion, sorted, output);
  return rows === count - rejected.length ? { rows, rejected, clean: rejected.length === 0 } : undefined;
}

/** What is wrong with each of these lines; undefined where one of them is good. */
async function rejectedOdd(conversion: Conversion, odd: readonly OddLine[]): Promise<RejectedLine[] | undefined> {
  if (odd.length === 0) return [];
  const bytes = odd.map((line) => line.bytes);
  const found = await withChecked(conversion, bytes, (session) => rejectedLines(session));
  if (found.length !== odd.length) return undefined;
  return found.map(({ ordinal, issues }) => ({ ordinal: odd[ordinal]?.ordinal ?? ordinal, issues }));
}

/** Rows written; undefined where a plain line breaks a rule. */
async function convertStrictly(
  { session, spool, record, settings }: Conversion,
  { plain, longestBytes }: SortedLines,
  output: SpoolFile,
): Promise<number | undefined> {
  await using input = await spool.write(plain, '.ndjson');
  try {
    return await session.run(copyTo(output, strictSelect(record, input.path, longestBytes), settings));
  } catch (error) {
    // The strict pass only says that something is wrong: the pass that names it follows.
    if (isPlayheadError(error, 'PH_SQL_FAILED')) return undefined;
    throw error;
  }
}

function convertChecked(conversion: Conversion, parts: readonly Uint8Array[], output: SpoolFile): Promise<Outcome> {
  return withChecked(conversion, parts, async (session) => {
    // In the order of the lines: the table keeps the order of insertion.
    const good = 'SELECT * EXCLUDE (_ordinal, _issues) FROM _converted WHERE len(_issues) = 0';
    const rows = await session.run(copyTo(output, good, conversion.settings));
    return { rows, rejected: await rejectedLines(session), clean: false };
  });
}

/** Reads lines one by one into the table `_converted`, with what is wrong with each. */
async function withChecked<T>(
  { session, spool, record, settings }: Conversion,
  parts: readonly Uint8Array[],
  work: (session: DuckSession) => Promise<T>,
): Promise<T> {
  await using input = await spool.write(parts, '.ndjson');
  const objects = jsonObjectRows(input.path, "format = 'newline_delimited'");
  const lines = `(SELECT json AS _line, row_number() OVER () - 1 AS _ordinal FROM ${objects})`;
  const options = { carry: ['_ordinal'], unknownFields: settings.unknownFields ?? 'issue' };
  await session.run(`CREATE OR REPLACE TEMP TABLE _converted AS ${typedSelect(record, lines, options)}`);
  try {
    return await work(session);
  } finally {
    await session.run('DROP TABLE IF EXISTS _converted');
  }
}

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function copyTo(output: SpoolFile, select: string, { compression }: ConvertSettings): string {
  return `COPY (${select}) TO ${sqlString(output.path)} (FORMAT parquet, COMPRESSION ${compression})`;
}

async function rejectedLines(session: DuckSession): Promise<RejectedLine[]> {
  const found = await session.all(
    `SELECT _ordinal::INTEGER, i.path, i.rule, i.expected, i.got
     FROM (SELECT _ordinal, unnest(_issues) AS i FROM _converted WHERE len(_issues) > 0) ORDER BY _ordinal`,
  );
  const rejected = new Map<number, Issue[]>();
  for (const [ordinal, path, rule, expected, got] of found.rows) {
    const issues = rejected.get(Number(ordinal)) ?? [];
    // The rules are those that our own SQL names.
    issues.push({ path: String(path), rule: String(rule) as IssueRule, expected: String(expected), got: String(got) });
    rejected.set(Number(ordinal), issues);
  }
  return [...rejected].map(([ordinal, issues]) => ({ ordinal, issues }));
}
