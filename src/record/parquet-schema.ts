import type { Field, RecordType } from './type.ts';

/** A node of a Parquet schema, as engines that write our columns lay it out. */
export interface ParquetNode {
  readonly name: string;
  readonly repetition: 'OPTIONAL' | 'REPEATED' | 'REQUIRED';
  /** Physical type; absent for a group. */
  readonly type?: 'BOOLEAN' | 'INT32' | 'INT64' | 'DOUBLE' | 'BYTE_ARRAY' | 'FIXED_LEN_BYTE_ARRAY';
  /** The converted type (parquet-format, ConvertedTypes), which every reader knows. */
  readonly converted?: string;
  readonly precision?: number;
  readonly scale?: number;
  readonly children?: readonly ParquetNode[];
}

/**
 * The Parquet columns of a record type. All are OPTIONAL: what is required is the record type's rule, checked before
 * anything is written, and a column that a later version adds is absent from earlier files.
 */
export function parquetSchema(record: RecordType): readonly ParquetNode[] {
  return Object.entries(record.fields).map(([name, of]) => node(name, of));
}

const scalars: {
  readonly [K in Exclude<Field['type'], 'decimal' | 'list' | 'struct' | 'map'>]: Omit<
    ParquetNode,
    'name' | 'repetition'
  >;
} = {
  string: { type: 'BYTE_ARRAY', converted: 'UTF8' },
  int: { type: 'INT32', converted: 'INT_32' },
  bigint: { type: 'INT64', converted: 'INT_64' },
  double: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
  timestamp: { type: 'INT64', converted: 'TIMESTAMP_MICROS' },
  date: { type: 'INT32', converted: 'DATE' },
  json: { type: 'BYTE_ARRAY', converted: 'JSON' },
};

function node(name: string, of: Field): ParquetNode {
  const group = { name, repetition: 'OPTIONAL' } as const;
  switch (of.type) {
    case 'decimal': {
      const type = of.precision <= 9 ? 'INT32' : of.precision <= 18 ? 'INT64' : 'FIXED_LEN_BYTE_ARRAY';
      return { ...group, type, converted: 'DECIMAL', precision: of.precision, scale: of.scale };
    }
    case 'struct':
      return { ...group, children: Object.entries(of.fields).map(([inner, field]) => node(inner, field)) };
    case 'list': {
      const list: ParquetNode = { name: 'list', repetition: 'REPEATED', children: [node('element', of.of)] };
      return { ...group, converted: 'LIST', children: [list] };
    }
    case 'map': {
      const key: ParquetNode = { name: 'key', repetition: 'REQUIRED', ...scalars.string };
      const entries: ParquetNode = {
        name: 'key_value',
        repetition: 'REPEATED',
        children: [key, node('value', of.values)],
      };
      return { ...group, converted: 'MAP', children: [entries] };
    }
    default:
      return { ...group, ...scalars[of.type] };
  }
}
