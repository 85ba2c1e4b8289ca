import { type HiveType, hiveTypeText, primitive, type StructField } from '../hive-type.ts';

export interface InferredColumn {
  /** As the data spells it; JSON is read by it. */
  readonly name: string;
  readonly type: HiveType;
}

/** Narrow to wide: a value of one fits each that follows. */
const numbers = ['tinyint', 'smallint', 'int', 'bigint', 'float', 'double'];

/** The type that takes values of both, as Glue unites them: int and double is double, what conflicts is string. */
export function mergeTypes(a: HiveType, b: HiveType): HiveType {
  return commonType(a, b) ?? primitive('string');
}

/** The type that takes values of both without giving up their kind; undefined where they conflict. */
export function commonType(a: HiveType, b: HiveType): HiveType | undefined {
  if (a.kind === 'void') return b;
  if (b.kind === 'void') return a;
  if (a.kind === 'array' && b.kind === 'array') return { kind: 'array', of: mergeTypes(a.of, b.of) };
  if (a.kind === 'map' && b.kind === 'map')
    return { kind: 'map', key: mergeTypes(a.key, b.key), value: mergeTypes(a.value, b.value) };
  if (a.kind === 'struct' && b.kind === 'struct') return { kind: 'struct', fields: mergeFields(a.fields, b.fields) };
  if (hiveTypeText(a) === hiveTypeText(b)) return a;
  return commonNumber(a, b);
}

function commonNumber(a: HiveType, b: HiveType): HiveType | undefined {
  if (a.kind === 'decimal' && b.kind === 'decimal') {
    const scale = Math.max(a.scale, b.scale);
    const whole = Math.max(a.precision - a.scale, b.precision - b.scale);
    return whole + scale > 38 ? primitive('double') : { kind: 'decimal', precision: whole + scale, scale };
  }
  const ranks = [a, b].map((type) => (type.kind === 'primitive' ? numbers.indexOf(type.name) : -1));
  const [first = -1, second = -1] = ranks;
  if (first >= 0 && second >= 0) return first > second ? a : b;
  const isDecimal = a.kind === 'decimal' || b.kind === 'decimal';
  return isDecimal && (first >= 0 || second >= 0) ? primitive('double') : undefined;
}

function mergeFields(a: readonly StructField[], b: readonly StructField[]): StructField[] {
  const fields = new Map(a.map((field) => [field.name, field.type]));
  for (const { name, type } of b) {
    const known = fields.get(name);
    fields.set(name, known === undefined ? type : mergeTypes(known, type));
  }
  return [...fields].map(([name, type]) => ({ name, type }));
}

/** Columns of both, in the order of their first appearance; names that differ only in case are one column. */
export function mergeColumns(a: readonly InferredColumn[], b: readonly InferredColumn[]): InferredColumn[] {
  const columns = new Map<string, InferredColumn>();
  for (const column of [...a, ...b]) {
    const key = column.name.toLowerCase();
    const known = columns.get(key);
    columns.set(key, known === undefined ? column : { ...known, type: mergeTypes(known.type, column.type) });
  }
  return [...columns.values()];
}

/** From this share of columns on that agree in name and kind, two schemas are one table's: Glue's threshold. */
const similarityThreshold = 0.7;

export function similar(a: readonly InferredColumn[], b: readonly InferredColumn[]): boolean {
  const types = new Map(a.map((column) => [column.name.toLowerCase(), column.type]));
  const agreeing = b.filter((column) => {
    const type = types.get(column.name.toLowerCase());
    return type !== undefined && commonType(type, column.type) !== undefined;
  });
  return agreeing.length >= similarityThreshold * Math.max(a.length, b.length);
}

/** A type as a column can have it: what was never set is a string. */
export function settledType(type: HiveType): HiveType {
  switch (type.kind) {
    case 'void':
      return primitive('string');
    case 'array':
      return { kind: 'array', of: settledType(type.of) };
    case 'map':
      return { kind: 'map', key: settledType(type.key), value: settledType(type.value) };
    case 'struct':
      return {
        kind: 'struct',
        fields: type.fields.map((field) => ({ name: field.name, type: settledType(field.type) })),
      };
    default:
      return type;
  }
}
