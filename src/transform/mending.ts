import { PlayheadError } from '../base/errors.ts';
import { suggestion } from '../base/nearest.ts';
import { type DuckSession, sqlIdentifier, sqlString } from '../duck/duck.ts';
import { predicateSql } from '../quality/row-rules.ts';
import { duckType } from '../record/columns.ts';
import type { RecordType } from '../record/type.ts';

/** Which quarantined records are replayed, and what becomes of their text. */
export interface Mending {
  /** Makes on a session what the SQL calls. */
  prepare(session: DuckSession): Promise<void>;
  /** SQL of the relation with the record's fields beside the quarantine's columns, as far as they can be read. */
  fields(quarantine: string): string;
  /** SQL over `fields`: the record's line as it is to be read, and whether it is chosen. */
  readonly mended: string;
  readonly chosen: string;
}

/** `column = expression`, in Athena's dialect, over the record's fields. */
export interface Assignment {
  readonly column: string;
  readonly expression: string;
}

/**
 * Mends by SQL: each assignment sets a field, or takes it out where it gives NULL; `where` chooses, over the fields and
 * `reason`, `source` and `row`. PH_USAGE for an unknown column, PH_SQL_*, PH_CONFIG_INVALID for what a condition can't ask.
 */
export async function mendBySql(
  record: RecordType,
  assignments: readonly Assignment[],
  where: string | undefined,
): Promise<Mending> {
  const names = Object.keys(record.fields);
  const wide: RecordType = {
    ...record,
    fields: {
      ...record.fields,
      ...Object.fromEntries(['reason', 'source', 'row'].map((name) => [name, { type: 'string' }] as const)),
    },
  };
  const macros = new Set<string>();
  const sqlOf = async (text: string, what: string): Promise<string> => {
    const { sql, macros: used } = await predicateSql(text, wide, what);
    for (const macro of used) macros.add(macro);
    return sql;
  };
  let mended = 'CAST(text AS JSON)';
  for (const { column, expression } of assignments) {
    const of = record.fields[column];
    if (of === undefined)
      throw new PlayheadError('PH_USAGE', `--set ${column}: the record ${record.name} has no field "${column}"`, {
        hint: suggestion(column, names),
      });
    const value = `CAST(${await sqlOf(expression, `--set ${column}`)} AS ${duckType(of)})`;
    mended = `json_merge_patch(${mended}, json_object(${sqlString(column)}, ${value}))`;
  }
  const chosen = where === undefined ? 'true' : await sqlOf(where, '--where');
  return {
    prepare: async (session) => {
      for (const macro of macros) await session.run(macro);
    },
    fields: (quarantine) => `(SELECT *, ${fieldTexts(record)} FROM ${quarantine})`,
    mended: `CAST(${mended} AS VARCHAR)`,
    chosen,
  };
}

export interface FileMending extends Mending {
  /** SQL of the places that the file names and `quarantine` does not hold: `place`. */
  unmatched(quarantine: string): string;
}

/** Lines edited by hand, each with the place of its record. */
export interface EditedRecord {
  readonly source: string;
  readonly row: number;
  readonly text: string;
}

/**
 * Mends by an edited file: its records, and no others, as they stand there. PH_USAGE where it names a place twice: one
 * record would become two.
 */
export function mendByFile(edited: readonly EditedRecord[]): FileMending {
  const named = new Set<string>();
  for (const { source, row } of edited) {
    const place = `${source}, row ${row}`;
    if (named.has(place))
      throw new PlayheadError('PH_USAGE', `${place} is named twice`, {
        hint: 'One line a record: leave the one that is to become its row.',
        details: { source, row },
      });
    named.add(place);
  }
  return {
    prepare: async (session) => {
      await session.run(
        'CREATE OR REPLACE TEMP TABLE _edited (edited_source VARCHAR, edited_row BIGINT, edited VARCHAR)',
      );
      for (let i = 0; i < edited.length; i += 500) {
        const rows = edited
          .slice(i, i + 500)
          .map(({ source, row, text }) => `(${sqlString(source)}, ${row}, ${sqlString(text)})`);
        await session.run(`INSERT INTO _edited VALUES ${rows.join(', ')}`);
      }
    },
    unmatched: (quarantine) => `SELECT edited_source || ', row ' || edited_row AS place FROM _edited
      ANTI JOIN ${quarantine} ON source = edited_source AND row = edited_row`,
    fields: (quarantine) => `(SELECT * FROM ${quarantine} JOIN _edited ON source = edited_source AND row = edited_row)`,
    mended: 'edited',
    chosen: 'true',
  };
}

/** Leniently: what does not read as its type is NULL here, and can be set. */
function fieldTexts(record: RecordType): string {
  return Object.entries(record.fields)
    .map(([name, of]) => {
      const text = `json_extract_string(text, ${sqlString(`$."${name.replaceAll('"', '')}"`)})`;
      return `TRY_CAST(${text} AS ${duckType(of)}) AS ${sqlIdentifier(name)}`;
    })
    .join(', ');
}
