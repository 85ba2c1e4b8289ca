/** A column type as Hive, Glue and Athena DDL write it. Field names of structs keep their case: JSON is read by it. */
export type HiveType =
  | { readonly kind: 'primitive'; readonly name: PrimitiveName }
  /** Hive's type of NULL: what inference knows of a field that was never set. No column is declared so. */
  | { readonly kind: 'void' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'char' | 'varchar'; readonly length: number }
  | { readonly kind: 'array'; readonly of: HiveType }
  | { readonly kind: 'map'; readonly key: HiveType; readonly value: HiveType }
  | { readonly kind: 'struct'; readonly fields: readonly StructField[] };

export interface StructField {
  readonly name: string;
  readonly type: HiveType;
}

const primitiveNames = [
  'boolean',
  'tinyint',
  'smallint',
  'int',
  'bigint',
  'float',
  'double',
  'string',
  'binary',
  'date',
  'timestamp',
] as const;
export type PrimitiveName = (typeof primitiveNames)[number];

export const primitive = (name: PrimitiveName): HiveType => ({ kind: 'primitive', name });

/** Where and why a type's text can't be read. */
export class HiveTypeError extends Error {
  /** Index in the text that was given, in UTF-16 units. */
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.name = 'HiveTypeError';
    this.at = at;
  }
}

/** The whole text as one type. Throws HiveTypeError. */
export function parseHiveType(text: string): HiveType {
  const { type, end } = readHiveType(text, 0);
  const rest = skipSpace(text, end);
  if (rest < text.length) throw new HiveTypeError(`a type ends before ${shown(text, rest)}`, rest);
  return type;
}

/** The type that begins at an index of a text, and where it ends. Throws HiveTypeError. */
export function readHiveType(text: string, start: number): { readonly type: HiveType; readonly end: number } {
  const reader = { text, at: start };
  const type = readType(reader);
  return { type, end: reader.at };
}

/** `array<struct<a:int,b:decimal(10,2)>>`: what `parseHiveType` reads back. */
export function hiveTypeText(type: HiveType): string {
  switch (type.kind) {
    case 'primitive':
      return type.name;
    case 'void':
      return 'void';
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'char':
    case 'varchar':
      return `${type.kind}(${type.length})`;
    case 'array':
      return `array<${hiveTypeText(type.of)}>`;
    case 'map':
      return `map<${hiveTypeText(type.key)},${hiveTypeText(type.value)}>`;
    case 'struct':
      return `struct<${type.fields.map((field) => `${fieldName(field.name)}:${hiveTypeText(field.type)}`).join(',')}>`;
  }
}

interface Reader {
  readonly text: string;
  at: number;
}

function readType(reader: Reader): HiveType {
  const start = skipSpace(reader.text, reader.at);
  const word = readWord(reader)?.toLowerCase();
  if (word === 'array' || word === 'map' || word === 'struct') return readNested(reader, word);
  if (word === 'decimal' || word === 'dec' || word === 'numeric') {
    const [precision = 10, scale = 0] = readArguments(reader, 0, 2);
    if (precision < 1 || precision > 38 || scale > precision)
      throw new HiveTypeError(
        `decimal(${precision},${scale}): 1 to 38 digits, of which at most all are decimals`,
        start,
      );
    return { kind: 'decimal', precision, scale };
  }
  if (word === 'char' || word === 'varchar') {
    const [length = 0] = readArguments(reader, 1, 1);
    if (length < 1 || length > 65_535) throw new HiveTypeError(`${word}(${length}): 1 to 65535 characters`, start);
    return { kind: word, length };
  }
  const name = primitiveNames.find((each) => each === (word === 'integer' ? 'int' : word));
  if (name !== undefined) return primitive(name);
  throw new HiveTypeError(
    `${shown(reader.text, start)} is not a type; types are ${primitiveNames.join(', ')}, decimal(p,s), char(n), varchar(n), array<…>, map<…,…>, struct<name:…>`,
    start,
  );
}

function readNested(reader: Reader, kind: 'array' | 'map' | 'struct'): HiveType {
  expect(reader, '<');
  if (kind === 'array') {
    const of = readType(reader);
    expect(reader, '>');
    return { kind, of };
  }
  if (kind === 'map') {
    const key = readType(reader);
    expect(reader, ',');
    const value = readType(reader);
    expect(reader, '>');
    return { kind, key, value };
  }
  const fields: StructField[] = [];
  do {
    const at = skipSpace(reader.text, reader.at);
    const name = readFieldName(reader);
    if (fields.some((field) => field.name === name)) throw new HiveTypeError(`the struct has ${name} twice`, at);
    expect(reader, ':');
    fields.push({ name, type: readType(reader) });
  } while (accept(reader, ','));
  expect(reader, '>');
  return { kind, fields };
}

function readFieldName(reader: Reader): string {
  const start = skipSpace(reader.text, reader.at);
  const quoted = /^`((?:[^`]|``)+)`/.exec(reader.text.slice(start));
  if (quoted?.[1] !== undefined) {
    reader.at = start + quoted[0].length;
    return quoted[1].replaceAll('``', '`');
  }
  const word = readWord(reader);
  if (word === undefined) throw new HiveTypeError(`a field name, not ${shown(reader.text, start)}`, start);
  return word;
}

function fieldName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : `\`${name.replaceAll('`', '``')}\``;
}

function readArguments(reader: Reader, least: number, most: number): number[] {
  if (!accept(reader, '(')) {
    if (least === 0) return [];
    expect(reader, '(');
  }
  const found: number[] = [];
  do {
    const start = skipSpace(reader.text, reader.at);
    const digits = /^\d{1,6}/.exec(reader.text.slice(start))?.[0];
    if (digits === undefined || found.length === most)
      throw new HiveTypeError(`a number or ), not ${shown(reader.text, start)}`, start);
    found.push(Number(digits));
    reader.at = start + digits.length;
  } while (accept(reader, ','));
  expect(reader, ')');
  return found;
}

function readWord(reader: Reader): string | undefined {
  const start = skipSpace(reader.text, reader.at);
  const word = /^[A-Za-z_0-9]+/.exec(reader.text.slice(start, start + 256))?.[0];
  if (word !== undefined) reader.at = start + word.length;
  return word;
}

function accept(reader: Reader, symbol: string): boolean {
  const at = skipSpace(reader.text, reader.at);
  if (reader.text[at] !== symbol) return false;
  reader.at = at + 1;
  return true;
}

function expect(reader: Reader, symbol: string): void {
  if (accept(reader, symbol)) return;
  const at = skipSpace(reader.text, reader.at);
  throw new HiveTypeError(`${symbol} expected, not ${shown(reader.text, at)}`, at);
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text.charAt(at))) at += 1;
  return at;
}

function shown(text: string, at: number): string {
  if (at >= text.length) return 'the end';
  return `"${/^(?:[A-Za-z_0-9]+|.)/su.exec(text.slice(at, at + 40))?.[0] ?? ''}"`;
}
