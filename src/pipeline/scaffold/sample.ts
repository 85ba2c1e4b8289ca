import { join, relative } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { isPlayheadError, PlayheadError } from '../../base/errors.ts';
import { formatCount } from '../../base/units.ts';
import { type DuckSession, sqlIdentifier, sqlString } from '../../duck/duck.ts';
import { parseDuckType } from '../../duck/duck-type.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import { fieldOfDuckType } from '../../duck/infer-type.ts';
import { copyObjectLines } from '../../duck/object-lines.ts';
import { field } from '../../record/field.ts';
import type { Field } from '../../record/type.ts';
import { csvSample } from './csv-sample.ts';
import { copyListObjects, isJsonList } from './json-list.ts';
import { columnNames } from './names.ts';

/** A sample, ready to be looked at and to be produced. */
export interface Sample {
  /** NDJSON of objects only: what is inferred from. */
  readonly ndjson: string;
  /** What `produce --file` is given, from within the project. */
  readonly produced: string;
  /** Fields whose type the file knows better than its JSON. */
  readonly known: Readonly<Record<string, Field>>;
  /** Field → the header it had, where the two differ. */
  readonly headers: Readonly<Record<string, string>>;
  /** What the user should know of the way that the file was read. */
  readonly notes: readonly string[];
}

/** Where the rows of a file that is not NDJSON are written, in the project. */
export const sampleFile = 'sample.ndjson';

type Reader = (
  from: string,
  project: string,
  scratch: string,
  session: DuckSession,
  effects: Effects,
) => Promise<Sample>;

const readers: Readonly<Record<string, Reader>> = {
  ndjson: readLines,
  jsonl: readLines,
  json: readLines,
  csv: readTable,
  tsv: readTable,
  parquet: readTable,
};

/**
 * Makes a file's records NDJSON: lines are taken as they are; the rows of a CSV or Parquet file are written to
 * `sample.ndjson` in the project, under names that a column can have. `scratch` is a path that may be written to.
 * Throws PH_USAGE for another kind of file or one that cannot be read.
 */
export async function prepareSample(
  from: string,
  project: string,
  scratch: string,
  session: DuckSession,
  effects: Effects,
): Promise<Sample> {
  const kind = /\.([a-z]+)(\.gz)?$/i.exec(from)?.[1]?.toLowerCase() ?? '';
  const read = readers[kind];
  if (read === undefined) {
    throw new PlayheadError('PH_USAGE', `cannot tell what ${from} holds by its name`, {
      hint: `Give a file that ends in ${Object.keys(readers)
        .map((known) => `.${known}`)
        .join(', ')}, or in .gz after one of these.`,
    });
  }
  await effects.fs.access(from).catch((cause: unknown) => {
    throw new PlayheadError('PH_USAGE', `there is no file ${from}`, { cause });
  });
  return read(from, project, scratch, session, effects);
}

async function readLines(
  from: string,
  project: string,
  scratch: string,
  session: DuckSession,
  effects: Effects,
): Promise<Sample> {
  if (await isJsonList(from)) return readList(from, join(project, sampleFile), session);
  const packed = from.endsWith('.gz');
  const ndjson = packed ? join(project, sampleFile) : scratch;
  const { objects, others, firstOther } = await copyObjectLines(from, ndjson, effects);
  if (objects === 0) {
    throw new PlayheadError('PH_USAGE', `no line of ${from} is a JSON object`, {
      hint: 'A sample is newline-delimited JSON, one object a line, no commas between them; or one list of objects.',
    });
  }
  const fate = packed ? 'left out of sample.ndjson' : 'delivered to the error prefix';
  return {
    ndjson,
    produced: packed ? sampleFile : relative(project, from),
    known: {},
    headers: {},
    notes:
      others === 0
        ? []
        : [`lines that are no JSON object: ${formatCount(others)}, the first is line ${firstOther}; ${fate}`],
  };
}

async function readList(from: string, ndjson: string, session: DuckSession): Promise<Sample> {
  const { objects, others } = await copyListObjects(session, from, ndjson);
  if (objects === 0) throw new PlayheadError('PH_USAGE', `no element of the list in ${from} is a JSON object`);
  return {
    ndjson,
    produced: sampleFile,
    known: {},
    headers: {},
    notes: [
      'the objects of its list are in sample.ndjson, one a line',
      ...(others === 0 ? [] : [`elements that are no object, left out of sample.ndjson: ${formatCount(others)}`]),
    ],
  };
}

async function readTable(from: string, project: string, _: string, session: DuckSession): Promise<Sample> {
  try {
    const { source, notes } = from.endsWith('.parquet')
      ? { source: parquetRows(from), notes: [] }
      : await csvSample(session, from);
    const described = await session.all(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${source})`);
    const names = columnNames(described.rows.map(([header]) => String(header)));
    const columns = described.rows.map(([header, type], i) =>
      tableColumn(String(header), String(type), names[i] ?? ''),
    );
    const ndjson = join(project, sampleFile);
    const select = columns.map(({ sql, name }) => `${sql} AS ${sqlIdentifier(name)}`).join(', ');
    await session.run(`COPY (SELECT ${select} FROM ${source}) TO ${sqlString(ndjson)} (FORMAT json)`);
    return {
      ndjson,
      produced: sampleFile,
      known: Object.fromEntries(columns.flatMap(({ name, known }) => (known === undefined ? [] : [[name, known]]))),
      headers: Object.fromEntries(columns.flatMap(({ name, header }) => (name === header ? [] : [[name, header]]))),
      notes: [`its rows are in sample.ndjson, as JSON`, ...notes, ...(await notFinite(session, source, columns))],
    };
  } catch (cause) {
    if (!isPlayheadError(cause) || !cause.code.startsWith('PH_SQL')) throw cause;
    throw new PlayheadError('PH_USAGE', `cannot read ${from}: ${cause.message.split('\n')[0]}`, { cause });
  }
}

interface TableColumn {
  readonly header: string;
  readonly name: string;
  readonly type: string;
  /** The value as it should stand in JSON. */
  readonly sql: string;
  readonly known?: Field;
}

const mostExactDigits = 15;

function tableColumn(header: string, type: string, name: string): TableColumn {
  const column = sqlIdentifier(header);
  const text = `CAST(${column} AS VARCHAR)`;
  const parsed = parseDuckType(type);
  const base = { header, name, type };
  // As JSON, a map is an object like any other: the keys of the sample would be taken for the only ones.
  if (parsed.kind === 'map') return { ...base, sql: column, known: fieldOfDuckType(type) };
  if (parsed.kind !== 'scalar') return { ...base, sql: column };
  if (parsed.name.startsWith('TIMESTAMP')) {
    const instant = parsed.name === 'TIMESTAMP_NS' ? `CAST(${column} AS TIMESTAMP)` : column;
    return { ...base, sql: `strftime(${instant}, '%Y-%m-%dT%H:%M:%S.%fZ')` };
  }
  if (parsed.name === 'DECIMAL') {
    const [precision = 38, scale = 0] = parsed.arguments.map(Number);
    // A JSON number is a double to most readers: longer decimals go as text.
    return { ...base, sql: precision > mostExactDigits ? text : column, known: field.decimal(precision, scale) };
  }
  if (parsed.name === 'HUGEINT' || parsed.name === 'UHUGEINT')
    return { ...base, sql: text, known: field.decimal(38, 0) };
  if (parsed.name === 'UBIGINT') return { ...base, sql: column, known: field.decimal(20, 0) };
  if (parsed.name === 'BLOB') return { ...base, sql: `to_base64(${column})` };
  if (isFloat(parsed.name)) return { ...base, sql: `CASE WHEN isfinite(${column}) THEN ${column} END` };
  return { ...base, sql: plain.test(parsed.name) ? column : text };
}

/** What JSON has a value for; the rest (times of day, intervals, enums, UUIDs) goes as its text. */
const plain = /^(BOOLEAN|U?(TINY|SMALL|BIG)INT|U?INTEGER|DATE|VARCHAR|JSON)$/;

function isFloat(type: string): boolean {
  return type === 'DOUBLE' || type === 'FLOAT';
}

/** JSON has no NaN and no infinity. */
async function notFinite(session: DuckSession, source: string, columns: readonly TableColumn[]): Promise<string[]> {
  const floats = columns
    .filter(({ type }) => isFloat(type))
    .map(({ header }) => `NOT isfinite(${sqlIdentifier(header)})`);
  if (floats.length === 0) return [];
  const rows = Number(await session.value(`SELECT count(*) FROM ${source} WHERE ${floats.join(' OR ')}`));
  return rows === 0
    ? []
    : [`rows with NaN or infinity, which JSON has not, and which are null there: ${formatCount(rows)}`];
}
