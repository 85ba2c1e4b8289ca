import { type Sql, sql } from '../sql-text.ts';
import { type Body, objectAt, textAt } from '../syntax-tree.ts';
import { type Printing, quoted, refuse } from './printing.ts';

const literals: Readonly<Record<string, (printing: Printing, value: string) => Sql>> = {
  string: (_printing, value) => quoted(value),
  number: (printing, value) => {
    if (/e/i.test(value)) return `CAST(${value} AS DOUBLE)`;
    if (value.replace(/\D/g, '').length > 38) return refuse(printing, `a number of more than 38 digits (${value})`);
    // 0.05 is decimal(2,2) in Trino, and so is .05 in DuckDB; 0.05 would be decimal(3,2).
    return value.includes('.') ? value.replace(/^0+(?=\.\d)/, '') : value;
  },
  date: (_printing, value) => sql`DATE ${quoted(value)}`,
  timestamp: (printing, value) => {
    if (/^\d{4,}-\d{1,2}-\d{1,2}( \d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?)?$/.test(value))
      return sql`TIMESTAMP ${quoted(value)}`;
    if (/ (UTC|Z)$/.test(value)) return sql`TIMESTAMPTZ ${quoted(value)}`;
    return refuse(printing, `the timestamp '${value}' with a zone`, undefined, 'write it in UTC');
  },
  hex_string: (_printing, value) => sql`unhex(${quoted(value)})`,
};

/** DuckDB types numbers as Trino does: 1 integer, 1.0 decimal(2,1), 1e0 double. */
export function literal(printing: Printing, body: Body): Sql {
  const type = textAt(body, 'literal_type') ?? '';
  const print = literals[type];
  return print === undefined
    ? refuse(printing, `a ${type.replaceAll('_', ' ')}`, body)
    : print(printing, textAt(body, 'value') ?? '');
}

const units = ['Second', 'Minute', 'Hour', 'Day', 'Week', 'Month', 'Year'];

/** `INTERVAL '1' DAY` */
export function interval(printing: Printing, body: Body): Sql {
  const value = textAt(Object.values(objectAt(body, 'this') ?? {}).find(isLiteral) ?? {}, 'value');
  const unit = objectAt(body, 'unit') ?? {};
  const name = textAt(unit, 'unit');
  if (textAt(unit, 'type') !== 'simple' || name === undefined || !units.includes(name) || value === undefined)
    return refuse(printing, 'an interval of several units', body, "add two: interval '1' day + interval '2' hour");
  if (!/^-?\d+(\.\d+)?$/.test(value)) return refuse(printing, `the interval '${value}'`, body);
  return sql`to_${name.toLowerCase()}s(${value})`;
}

const isLiteral = (value: unknown): value is Body => typeof value === 'object' && value !== null;
