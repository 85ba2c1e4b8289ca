import { sqlIdentifier } from '../../duck/duck.ts';
import { type Body, listAt, nameAt, numberAt, objectAt, textAt } from '../syntax-tree.ts';
import { type Printing, refuse } from './printing.ts';

type TypePrinter = (printing: Printing, type: Body) => string;

/** The SDK's data types → DuckDB's. `char` pads in Trino and comparisons see it, so it is refused. */
const types: Readonly<Record<string, TypePrinter>> = {
  boolean: () => 'BOOLEAN',
  tiny_int: () => 'TINYINT',
  small_int: () => 'SMALLINT',
  int: () => 'INTEGER',
  big_int: () => 'BIGINT',
  float: () => 'FLOAT',
  double: () => 'DOUBLE',
  decimal: (_printing, type) => `DECIMAL(${numberAt(type, 'precision') ?? 38},${numberAt(type, 'scale') ?? 0})`,
  var_char: () => 'VARCHAR',
  text: () => 'VARCHAR',
  string: () => 'VARCHAR',
  var_binary: () => 'BLOB',
  date: () => 'DATE',
  timestamp: (_printing, type) => (type['timezone'] === true ? 'TIMESTAMPTZ' : 'TIMESTAMP'),
  json: () => 'JSON',
  array: (printing, type) => `${printType(printing, objectAt(type, 'element_type') ?? {})}[]`,
  map: (printing, type) =>
    `MAP(${printType(printing, objectAt(type, 'key_type') ?? {})}, ${printType(printing, objectAt(type, 'value_type') ?? {})})`,
  struct: (printing, type) => {
    const fields = listAt(type, 'fields').map((field, i) => {
      const name = textAt(field, 'name') ?? nameAt(field, 'name') ?? '';
      return `${sqlIdentifier(name === '' ? `field${i}` : name)} ${printType(printing, objectAt(field, 'data_type') ?? {})}`;
    });
    return `STRUCT(${fields.join(', ')})`;
  },
};

export function printType(printing: Printing, type: Body): string {
  const name = textAt(type, 'data_type') ?? 'unknown';
  const print = types[name];
  if (print === undefined) return refuse(printing, `the type ${textAt(type, 'name') ?? name}`, type);
  return print(printing, type);
}
