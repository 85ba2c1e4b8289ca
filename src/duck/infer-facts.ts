import { isoTimestampPattern } from '../record/iso-time.ts';
import { ipv4Pattern, uuidPattern } from '../record/json-schema.ts';
import { type DuckSession, sqlIdentifier, sqlString } from './duck.ts';
import { jsonRows } from './file-rows.ts';

/** What a sample shows of one column. Counts are of records. */
export interface ColumnFacts {
  /** Where there is a value that is not null. */
  readonly present: number;
  readonly distinct: number;
  /** Of numbers; undefined where a value is none. */
  readonly min?: number;
  readonly max?: number;
  /** All values of a column of texts with few of them, most frequent first, and in how many records the rarest one stands. */
  readonly values?: readonly string[];
  readonly rarest?: number;
  /** Texts of this form. */
  readonly isoTimestamps: number;
  readonly ipv4: number;
  readonly uuids: number;
}

export interface SampleFacts {
  readonly records: number;
  readonly columns: ReadonlyMap<string, ColumnFacts>;
}

/** Columns whose values are counted in one statement: each keeps a set of its distinct values. */
const columnsAtOnce = 20;
const mostValues = 12;

export async function columnFacts(
  session: DuckSession,
  ndjson: string,
  names: readonly string[],
): Promise<SampleFacts> {
  const columns = new Map<string, ColumnFacts>();
  let records = 0;
  for (let at = 0; at < names.length; at += columnsAtOnce) {
    const some = names.slice(at, at + columnsAtOnce);
    const { rows } = await session.all(
      `SELECT count(*), ${some.map(measures).join(', ')} FROM ${jsonColumns(ndjson, some)}`,
    );
    const [count, ...values] = rows[0] ?? [];
    records = Number(count);
    for (const [i, name] of some.entries()) {
      const [present, distinct, min, max, isoTimestamps, ipv4, uuids] = values.slice(i * 7, i * 7 + 7);
      const texts = Number(distinct) <= mostValues ? await fewValues(session, ndjson, name) : {};
      columns.set(name, {
        present: Number(present),
        distinct: Number(distinct),
        ...(min === null || max === null ? {} : { min: Number(min), max: Number(max) }),
        ...texts,
        isoTimestamps: Number(isoTimestamps),
        ipv4: Number(ipv4),
        uuids: Number(uuids),
      });
    }
  }
  return { records, columns };
}

/** Rows of some members of NDJSON's objects, each as JSON, so that no value is lost to the type of another. */
export function jsonColumns(ndjson: string, names: readonly string[]): string {
  const columns = names.map((name) => `${sqlIdentifier(name)}: 'JSON'`).join(', ');
  return jsonRows(ndjson, `format = 'newline_delimited', records = true, columns = {${columns}}`);
}

function measures(name: string): string {
  const j = sqlIdentifier(name);
  const text = `(${j}->>'$')`;
  const number = `CASE WHEN ascii(${j}) = 45 OR ascii(${j}) BETWEEN 48 AND 57 THEN TRY_CAST(CAST(${j} AS VARCHAR) AS DOUBLE) END`;
  const like = (pattern: string): string =>
    `count(*) FILTER (WHERE ascii(${j}) = 34 AND regexp_matches(${text}, ${sqlString(pattern)}))`;
  return [
    `count(${j})`,
    `count(DISTINCT CAST(${j} AS VARCHAR))`,
    `min(${number})`,
    `max(${number})`,
    like(isoTimestampPattern),
    like(ipv4Pattern),
    like(uuidPattern),
  ].join(', ');
}

/** Nothing where a value is not a text. */
async function fewValues(
  session: DuckSession,
  ndjson: string,
  name: string,
): Promise<Pick<ColumnFacts, 'values' | 'rarest'>> {
  const j = sqlIdentifier(name);
  const { rows } = await session.all(
    `SELECT ${j}->>'$', ascii(${j}) = 34, count(*) AS n FROM ${jsonColumns(ndjson, [name])} WHERE ${j} IS NOT NULL
     GROUP BY ALL ORDER BY n DESC, 1`,
  );
  if (!rows.every(([, isText]) => isText === true)) return {};
  return { values: rows.map(([value]) => String(value)), rarest: Number(rows.at(-1)?.[2] ?? 0) };
}
