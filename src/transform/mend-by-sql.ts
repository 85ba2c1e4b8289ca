import { PlayheadError } from '../base/errors.ts';
import { suggestion } from '../base/nearest.ts';
import { sqlIdentifier, sqlString } from '../duck/duck.ts';
import { predicateSql } from '../quality/row-rules.ts';
import { duckType } from '../record/columns.ts';
import type { Field, RecordType } from '../record/type.ts';
import { apart, type Mending, setApart } from './mending.ts';

/** `column = expression`, in Athena's dialect, over the record's fields. */
export interface Assignment {
  readonly column: string;
  readonly expression: string;
}

/** What a condition may ask besides the record's fields: its place, and why it is in quarantine. */
const asked = ['reason', 'source', 'row'] as const;

/**
 * Mends by SQL: each assignment sets a field, or takes it out where it gives NULL; `where` chooses, over the fields and
 * `reason`, `source` and `row`; where the record has a field of such a name, that is what it means, and `_quarantined_reason`
 * (`…_source`, `…_row`) the other. PH_USAGE for an unknown column, PH_SQL_*, PH_CONFIG_INVALID for what a condition can't ask.
 */
export async function mendBySql(
  record: RecordType,
  assignments: readonly Assignment[],
  where: string | undefined,
): Promise<Mending> {
  const short = shortNames(record);
  const text = { type: 'string' } as const;
  const wide: RecordType = {
    ...record,
    fields: { ...record.fields, ...Object.fromEntries([...short, ...asked.map(apart)].map((name) => [name, text])) },
  };
  const macros = new Set<string>();
  const sqlOf = async (written: string, what: string): Promise<string> => {
    const { sql, macros: used } = await predicateSql(written, wide, what);
    for (const macro of used) macros.add(macro);
    return sql;
  };
  let mended = `CAST(${apart('text')} AS JSON)`;
  for (const { column, expression } of assignments)
    mended = settingSql(mended, column, fieldOf(record, column), await sqlOf(expression, `--set ${column}`));
  const chosen = where === undefined ? 'true' : await sqlOf(where, '--where');
  const names = short.map((name) => `${apart(name)} AS ${name}`);
  return {
    prepare: async (session) => {
      for (const macro of macros) await session.run(macro);
    },
    fields: (quarantine) => `(SELECT *, ${[...names, ...fieldTexts(record)].join(', ')} FROM ${setApart(quarantine)})`,
    mended: `CAST(${mended} AS VARCHAR)`,
    chosen,
  };
}

/** Those that no field of the record has, in upper or lower case. */
function shortNames(record: RecordType): readonly (typeof asked)[number][] {
  const fields = new Set(Object.keys(record.fields).map((name) => name.toLowerCase()));
  return asked.filter((name) => !fields.has(name));
}

function fieldOf({ name, fields }: RecordType, column: string): Field {
  const of = Object.hasOwn(fields, column) ? fields[column] : undefined;
  if (of !== undefined) return of;
  throw new PlayheadError('PH_USAGE', `--set ${column}: the record ${name} has no field "${column}"`, {
    hint: suggestion(column, Object.keys(fields)),
  });
}

/** SQL of `line` with one field set to an expression, or without it where that is NULL. */
function settingSql(line: string, column: string, of: Field, expression: string): string {
  const value = `CAST(${expression} AS ${duckType(of)})`;
  const name = sqlString(column);
  // As a number of JSON, a decimal would be the nearest double.
  const set = of.type === 'decimal' ? `CAST(${value} AS VARCHAR)` : value;
  // Taken out first: an object that is merged with the one there would keep what it doesn't name itself.
  const without = `json_merge_patch(${line}, json_object(${name}, NULL))`;
  return `json_merge_patch(${without}, json_object(${name}, ${set}))`;
}

/** Leniently: what does not read as its type is NULL here, and can be set. */
function fieldTexts(record: RecordType): readonly string[] {
  return Object.entries(record.fields).map(([name, of]) => {
    const pointer = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const text = `json_extract_string(${apart('text')}, ${sqlString(pointer)})`;
    return `TRY_CAST(${text} AS ${duckType(of)}) AS ${sqlIdentifier(name)}`;
  });
}
