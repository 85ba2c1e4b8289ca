import { isPlayheadError, PlayheadError } from '../base/errors.ts';
import type { Issue, IssueRule } from '../record/issue.ts';
import type { RecordType } from '../record/type.ts';
import { type DuckSession, sqlString } from './duck.ts';
import { plainLineCounter } from './plain-lines.ts';
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
  /** Whether the one strict pass was enough. */
  readonly clean: boolean;
}

/** NDJSON in parts that concatenate: `count` lines, each one JSON object without duplicate keys (`findNonObjects`). */
export interface ObjectLines {
  readonly parts: readonly Uint8Array[];
  readonly count: number;
}

/**
 * Converts lines to Parquet by a record type. One strict pass first; where any line is not plainly good, all are read
 * again one by one, and each bad one is kept out and named. No value is ever rounded, cut or replaced by NULL.
 * Throws PH_CONVERSION_FAILED where the rows do not add up to the lines; PH_STORAGE_*, PH_INTERRUPTED.
 */
export async function convertToParquet(
  session: DuckSession,
  spool: Spool,
  record: RecordType,
  lines: ObjectLines,
  settings: ConvertSettings,
): Promise<Converted> {
  await using input = await spool.write(lines.parts, '.ndjson');
  const output = await spool.reserve(
    lines.parts.reduce((sum, part) => sum + part.length, 0),
    '.parquet',
  );
  try {
    const strict = allPlain(record, lines)
      ? await convertStrictly(session, record, input, output, settings)
      : undefined;
    const clean = strict === lines.count;
    const { rows, rejected } = clean
      ? { rows: strict, rejected: [] }
      : await convertChecked(session, record, input, output, settings);
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

function allPlain(record: RecordType, { parts, count }: ObjectLines): boolean {
  const counter = plainLineCounter(record);
  if (counter === undefined) return false;
  let plain = 0;
  for (const part of parts) {
    const counted = counter(part);
    if (counted === undefined) return false;
    plain += counted;
  }
  return plain === count;
}

/** Rows written; undefined where a plain line breaks a rule. */
async function convertStrictly(
  session: DuckSession,
  record: RecordType,
  input: SpoolFile,
  output: SpoolFile,
  settings: ConvertSettings,
): Promise<number | undefined> {
  try {
    return await session.run(copyTo(output, strictSelect(record, input.path), settings));
  } catch (error) {
    // The strict pass only says that something is wrong: the pass that names it follows.
    if (isPlayheadError(error, 'PH_SQL_FAILED')) return undefined;
    throw error;
  }
}

async function convertChecked(
  session: DuckSession,
  record: RecordType,
  input: SpoolFile,
  output: SpoolFile,
  settings: ConvertSettings,
): Promise<{ rows: number; rejected: RejectedLine[] }> {
  const objects = `read_ndjson_objects(${sqlString(input.path)})`;
  const lines = `(SELECT json AS _line, row_number() OVER () - 1 AS _ordinal FROM ${objects})`;
  const options = { carry: ['_ordinal'], unknownFields: settings.unknownFields ?? 'issue' };
  await session.run(`CREATE OR REPLACE TEMP TABLE _converted AS ${typedSelect(record, lines, options)}`);
  try {
    // In the order of the lines: the table keeps the order of insertion.
    const good = 'SELECT * EXCLUDE (_ordinal, _issues) FROM _converted WHERE len(_issues) = 0';
    const rows = await session.run(copyTo(output, good, settings));
    return { rows, rejected: await rejectedLines(session) };
  } finally {
    await session.run('DROP TABLE IF EXISTS _converted');
  }
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
