import { PlayheadError } from '../base/errors.ts';
import { defineRecord } from '../record/define-record.ts';
import { columnNameFault } from '../record/field-name.ts';
import type { Field, Fields } from '../record/type.ts';
import type { DuckSession } from './duck.ts';
import { jsonObjectRows, jsonRows } from './file-rows.ts';
import { constrained } from './infer-constraints.ts';
import { inferEventTime, isInstant } from './infer-event-time.ts';
import { type ColumnFacts, columnFacts } from './infer-facts.ts';
import { fieldOfDuckType } from './infer-type.ts';
import type { InferredField, InferredRecord } from './inferred-record.ts';
import { typedSelect } from './typed-select.ts';

/**
 * Infers a record type from NDJSON of objects (`copyObjectLines`), the whole file: types, what may be absent, small sets,
 * ranges, ISO times, a key and an event time. Every line of the file then fits the type: a proposal that one of them
 * breaks is taken back. `known` gives types that the file's origin (Parquet, CSV) knows better than its JSON.
 * Throws PH_RECORD_INVALID where there is no record, names differ only in case, or one cannot name a column.
 */
export async function inferRecord(
  session: DuckSession,
  ndjson: string,
  known: Readonly<Record<string, Field>> = {},
): Promise<InferredRecord> {
  // By their hashes: 64 bits tell any file's lines apart well enough to propose a key.
  const lines = jsonObjectRows(ndjson, "format = 'newline_delimited'");
  const distinct = Number(await session.value(`SELECT count(DISTINCT hash(CAST(json AS VARCHAR))) FROM ${lines}`));
  if (distinct === 0) throw new PlayheadError('PH_RECORD_INVALID', 'the sample holds no record');
  // Asked of the lines: DuckDB tells alike names apart by a number, and what it makes of an empty one is no name.
  const keys = await session.all(`SELECT DISTINCT unnest(json_keys(json)) AS name FROM ${lines} ORDER BY name`);
  refuseNames(keys.rows.map(([name]) => String(name)));
  const source = jsonRows(ndjson, "format = 'newline_delimited', records = true, sample_size = -1");
  const described = await session.all(`SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${source})`);
  const columns = described.rows.map(([name, type]) => ({ name: String(name), type: String(type) }));
  const facts = await columnFacts(
    session,
    ndjson,
    columns.map(({ name }) => name),
  );
  const proposed = columns.map(({ name, type }) => {
    const of = facts.columns.get(name);
    const base = known[name] ?? fieldOfDuckType(type);
    return of === undefined ? { name, field: base, evidence: [] } : constrained(name, base, of, facts.records);
  });
  const { fields, eventTime } = inferEventTime(await fitted(session, ndjson, proposed), facts.columns);
  return {
    fields,
    records: facts.records,
    ...keyOf(fields, facts.columns, distinct),
    ...(eventTime === undefined ? {} : { eventTime }),
  };
}

function refuseNames(names: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const fault = columnNameFault(name);
    if (fault !== undefined)
      throw new PlayheadError('PH_RECORD_INVALID', `${JSON.stringify(name)} cannot name a field: it ${fault}`, {
        hint: 'Rename the field, or take it out of the sample: a job passes over fields that its record type leaves out.',
      });
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      throw new PlayheadError('PH_RECORD_INVALID', `the fields "${other}" and "${name}" differ only in case`, {
        hint: 'Columns are the same in upper and lower case. Spell the field in one way in all records; of two fields, rename one.',
      });
    }
    seen.set(name.toLowerCase(), name);
  }
}

/** Takes back what a line of the sample breaks: first the constraints of a field, then its type. */
async function fitted(
  session: DuckSession,
  ndjson: string,
  proposed: readonly InferredField[],
): Promise<InferredField[]> {
  let fields = [...proposed];
  for (let step = 0; ; step += 1) {
    const record = defineRecord('sample', { fields: asFields(fields) });
    const lines = `(SELECT json AS _line FROM ${jsonObjectRows(ndjson, "format = 'newline_delimited'")})`;
    const { rows } = await session.all(
      `SELECT DISTINCT regexp_extract(issue.path, '^[^.\\[]*') FROM (SELECT unnest(_issues) AS issue FROM (${typedSelect(record, lines)}))`,
    );
    if (rows.length === 0) return fields;
    const broken = rows.map(([name]) => String(name));
    const isBroken = ({ name }: InferredField): boolean =>
      broken.some((path) => name === path || name.startsWith(path));
    if (step > 1) throw new PlayheadError('PH_RECORD_INVALID', `no type holds the values of ${broken.join(', ')}`);
    fields = fields.map((one) => (isBroken(one) ? looser(one, step) : one));
  }
}

function looser({ name, field: of }: InferredField, step: number): InferredField {
  const optional = of.optional === true ? { optional: true as const } : {};
  const looserType = step === 0 ? withoutConstraints[of.type] : undefined;
  if (looserType !== undefined) return { name, field: { type: looserType, ...optional }, evidence: [] };
  return { name, field: { type: 'json', optional: true }, evidence: ['values of several types'] };
}

const withoutConstraints: { readonly [K in Field['type']]?: 'string' | 'double' } = {
  string: 'string',
  date: 'string',
  timestamp: 'string',
  int: 'double',
  bigint: 'double',
  double: 'double',
};

function asFields(fields: readonly InferredField[]): Fields {
  return Object.fromEntries(fields.map(({ name, field: of }) => [name, of]));
}

function keyOf(
  fields: readonly InferredField[],
  facts: ReadonlyMap<string, ColumnFacts>,
  distinctRecords: number,
): { key?: string } {
  const unique = fields.filter(({ name, field: of }) => {
    const keyed = of.optional !== true && (of.type === 'string' || of.type === 'int' || of.type === 'bigint');
    return keyed && facts.get(name)?.distinct === distinctRecords && !isInstant(of);
  });
  const named = unique.find(
    ({ name }) => /(^|[^a-z])(id|uuid|guid|key|number|no)$/i.test(name) || /[a-z]I[dD]$/.test(name),
  );
  // With few records, anything may be unique: then only the name speaks for a key.
  const first = distinctRecords >= 20 && unique[0]?.name === fields[0]?.name ? unique[0] : undefined;
  const key = named ?? first;
  return key === undefined ? {} : { key: key.name };
}
