import type { TableDefinition } from '../catalog/definition.ts';
import { sqlIdentifier, sqlString } from '../duck/duck.ts';
import type { Field, Fields } from '../record/type.ts';
import type { RecordsInRow } from './definition.ts';

/**
 * The input table as a job reads it that takes many records out of each row: its record type is that of an element of the
 * list, with the fields of the row that go along. Itself where a row is a record. Validation holds `each` to the table.
 */
export function tableRead(table: TableDefinition, each: RecordsInRow | undefined): TableDefinition {
  if (each === undefined) return table;
  const { name, version, fields } = table.record;
  const carried = Object.entries(fields).filter(([field]) => each.with.includes(field));
  return {
    ...table,
    record: {
      name: `${name}.${each.of}`,
      version,
      fields: { ...elementFields(fields[each.of]), ...Object.fromEntries(carried) },
    },
  };
}

/** Why a job cannot take its records out of the table's rows so; undefined where it can. */
export function recordsProblem(
  { record, format }: TableDefinition,
  each: RecordsInRow,
): { readonly path: 'of' | 'with'; readonly message: string } | undefined {
  const own = elementFields(record.fields[each.of]);
  if (own === undefined)
    return { path: 'of', message: `"${each.of}" is no list of structs in the record ${record.name}` };
  if (format !== 'json')
    return { path: 'of', message: `records are taken out of rows of JSON, and the table is ${format}` };
  const unknown = each.with.find((field) => record.fields[field] === undefined || field === each.of);
  if (unknown !== undefined)
    return { path: 'with', message: `the record ${record.name} has no other field "${unknown}"` };
  const names = Object.keys(own).map((field) => field.toLowerCase());
  const twice = each.with.find((field) => names.includes(field.toLowerCase()));
  if (twice !== undefined)
    return { path: 'with', message: `"${twice}" is a field of each record already: one of them would hide the other` };
  return undefined;
}

/**
 * SQL of a relation of `_line` (a record as one JSON object) and `_file`, of one with whole rows as `json`. Elements come in
 * their order; one that is no object stays as it is, and is refused where it is read.
 */
export function elementsSql(rows: string, { of, with: carried }: RecordsInRow): string {
  const shape = Object.fromEntries([[of, ['JSON']], ...carried.map((field) => [field, 'JSON'])]);
  const along = carried.map((field) => `${sqlString(field)}, _row.${sqlIdentifier(field)}`);
  return `(SELECT CASE WHEN json_type(_element) = 'OBJECT' THEN json_merge_patch(_element, _along) ELSE coalesce(_element, CAST('null' AS JSON)) END AS _line, _file
    FROM (SELECT unnest(_row.${sqlIdentifier(of)}) AS _element, json_object(${along.join(', ')}) AS _along, _file
      FROM (SELECT json_transform(json, ${sqlString(JSON.stringify(shape))}) AS _row, _file FROM ${rows})))`;
}

function elementFields(list: Field | undefined): Fields | undefined {
  return list?.type === 'list' && list.of.type === 'struct' ? list.of.fields : undefined;
}
