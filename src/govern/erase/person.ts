import { PlayheadError } from '../../base/errors.ts';
import { sqlIdentifier, sqlString } from '../../duck/duck.ts';

/** Whom to erase: everyone whose `field` is `value`, exactly. */
export interface Person {
  readonly field: string;
  readonly value: string;
}

/** A column as DuckDB names its type. */
export interface TypedColumn {
  readonly name: string;
  readonly type: string;
}

/**
 * Finds a person in bytes. An id that is long enough to mean nobody else is looked for anywhere, as a word of its own; a
 * short one (`7`) only as the value of its field, because the same characters stand everywhere and say nothing.
 */
export interface PersonFinder {
  readonly person: Person;
  /** Whether the id alone says who is meant. */
  readonly isTelling: boolean;
  /** What stands where an id stood in text that must stay. */
  readonly mark: string;
  /** Whether this is the person's field. */
  isField(name: string): boolean;
  /** Whether it is, and its value the id. */
  isValue(name: string, value: unknown): boolean;
  /** Whether text names the person, in base64 too. */
  inText(bytes: Uint8Array): boolean;
  /** Whether a record does: its field has the value, or `inText`. A record that is JSON is read whatever its escapes. */
  inRecord(bytes: Uint8Array): boolean;
  /** Whether a folder of the key says that everything in it is about the person, as partitions do: `field=value`. */
  isFolderOf(key: string): boolean;
  /** A path or a key with the id replaced in each of its names, also before an ending (`<id>.csv`); the same where it isn't there. */
  renamed(path: string): string;
  /** The text with the id replaced by the mark; the same text where it isn't there. */
  redacted(text: string): string;
  /** SQL: a text with a telling id replaced by the mark. */
  redactedSql(text: string): string;
  /** SQL: whether a row of these columns is about the person, never NULL. */
  condition(columns: readonly TypedColumn[]): string;
  /** SQL: whether such a row names the person wherever it says anything: asks more than `condition`, and not column by column. */
  strictCondition(columns: readonly TypedColumn[]): string;
}

/** What a number prints behind its digits, where its type has a fraction. */
const noFraction = '(\\.0+)?';

/** Characters from which on an id is telling. */
export const tellingLength = 8;

/** `field=value`. PH_USAGE for anything else. */
export function parsePerson(text: string): Person {
  const parts = /^([A-Za-z_]\w*)=([\s\S]+)$/.exec(text);
  const [, field, value] = parts ?? [];
  if (field !== undefined && value !== undefined && value.trim() === value) return { field, value };
  throw new PlayheadError('PH_USAGE', '--key takes a field and a value', {
    hint: 'playhead erase --key user_id=U-2718281828',
  });
}

/** Names that differ in the id alone stay apart by the `mark`. */
export function personFinder(person: Person, mark = 'erased'): PersonFinder {
  const { field, value } = person;
  const isTelling = value.length >= tellingLength;
  const pattern = (text: string): RegExp => (isTelling ? tellingPattern(text) : fieldPattern(field, text));
  // Bytes are searched as Latin-1, one character each.
  const word = pattern(latin1(value));
  /** The id in text, and in bytes that are read as text. */
  const spelled = [...new Set([value, latin1(value)])];
  const encoded = isTelling ? base64Forms(value) : [];
  const plain = Buffer.from(value);
  const inPlain = (bytes: Buffer): boolean => bytes.includes(plain) && word.test(bytes.toString('latin1'));
  const inText = (given: Uint8Array): boolean => {
    const bytes = asBuffer(given);
    return inPlain(bytes) || inBase64(bytes, encoded, inPlain);
  };
  const inRecord = (given: Uint8Array): boolean => {
    const bytes = asBuffer(given);
    if (isTelling && inText(bytes)) return true;
    // What escapes or base64 may hide is read; most records have neither.
    if (!bytes.includes(0x5c) && !bytes.includes('rawData') && (isTelling || !bytes.includes(plain))) return false;
    const value = parsed(bytes);
    // What a short id means, its field says: of a record that can be read, no other text is asked.
    return value === undefined ? inText(bytes) : inJson(value, person, inRecord);
  };
  const redacted = (text: string): string =>
    spelled.reduce((left, id) => {
      if (!left.includes(id)) return left;
      const { source, flags } = pattern(id);
      return left.replace(new RegExp(source, `${flags}g`), (found) => found.replace(id, mark));
    }, text);
  return {
    person,
    isTelling,
    mark,
    isField: (name) => isField(name, person),
    isValue: (name, each) => isValue(name, each, person),
    inText,
    inRecord,
    isFolderOf: (key) =>
      key
        .split('/')
        .slice(0, -1)
        .some((folder) => isTheirs(folder, person)),
    renamed: (path) =>
      path
        .split('/')
        .map((name) => renamed(name, redacted))
        .join('/'),
    redacted,
    redactedSql: (text) =>
      isTelling
        ? `regexp_replace(${text}, ${sqlString(sqlPattern(field, value, true))}, ${sqlString(`\\1${mark}\\2`)}, 'g')`
        : text,
    condition: (columns) => conditionOf(columns, person, isTelling),
    strictCondition: (columns) => {
      if (!isTelling || columns.length === 0) return conditionOf(columns, person, isTelling);
      const row = `CAST(to_json(struct_pack(${columns.map(({ name }) => `${sqlIdentifier(name)} := ${sqlIdentifier(name)}`).join(', ')})) AS VARCHAR)`;
      const named = `regexp_matches(${row}, ${sqlString(sqlPattern(field, value, true, noFraction))})`;
      return `(${conditionOf(columns, person, isTelling)} OR ${named})`;
    },
  };
}

/** Neither part of a longer word nor of a longer name: `CUST_1` is not in `CUST_10`, nor `a@b.co` in `a@b.co.uk`. */
function tellingPattern(value: string): RegExp {
  return new RegExp(`(?<![\\w-])${escaped(value)}(?![\\w-]|\\.\\w)`);
}

function fieldPattern(field: string, value: string): RegExp {
  // A folder may hold a space in its name: `12 b/` is not 12.
  return new RegExp(`(?<![\\w])${field}${valuePattern(value, `(?![\\w.%-]| [^/"'\\\\]*/)`)}`, 'i');
}

/** What follows the name of a field whose value it is, in JSON or `field=value`, quotes with or without a backslash before them. */
function valuePattern(value: string, end: string): string {
  const id = escaped(value);
  return `\\\\?["']?\\s*[:=]\\s*(?:\\\\?"${id}\\\\?"|'${id}'|${id}${end})`;
}

function renamed(name: string, redacted: (text: string) => string): string {
  const whole = redacted(name);
  const [, stem, ending] = /^(.+?)((?:\.\w{1,8})+)$/.exec(name) ?? [];
  return whole !== name || stem === undefined ? whole : `${redacted(stem)}${ending}`;
}

function isTheirs(folder: string, person: Person): boolean {
  const { value } = person;
  const [, name, text] = /^([^=]+)=(.*)$/.exec(folder) ?? [];
  return isField(name ?? '', person) && (text === value || text === encodeURIComponent(value));
}

/** The bytes of a text, one character each. */
function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** What the id looks like within base64, at each of the three places where it can begin, without what neighbours change. */
function base64Forms(value: string): readonly Buffer[] {
  const length = Buffer.byteLength(value);
  return [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]).toString('base64');
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor(((before + length) * 8) / 6);
    return Buffer.from(text.slice(from, to));
  });
}

/** A form that was met is decoded with what stands around it: the id may be the beginning of a longer one. */
function inBase64(bytes: Buffer, forms: readonly Buffer[], inPlain: (bytes: Buffer) => boolean): boolean {
  for (const form of forms) {
    for (let at = bytes.indexOf(form); at >= 0; at = bytes.indexOf(form, at + 1)) {
      let start = at;
      while (start > 0 && isBase64(bytes[start - 1] ?? 0)) start -= 1;
      let end = at + form.length;
      while (end < bytes.length && isBase64(bytes[end] ?? 0)) end += 1;
      const run = bytes.toString('latin1', start, end);
      // Where the run began before what is at hand, its groups of four may begin at any of four places.
      for (let skip = 0; skip < 4; skip += 1) if (inPlain(Buffer.from(run.slice(skip), 'base64'))) return true;
    }
  }
  return false;
}

function isBase64(byte: number): boolean {
  return /[A-Za-z0-9+/]/.test(String.fromCharCode(byte));
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

function inJson(value: unknown, person: Person, inRecord: (bytes: Uint8Array) => boolean): boolean {
  if (Array.isArray(value)) return value.some((each) => inJson(each, person, inRecord));
  if (typeof value === 'string') {
    if (value === person.value) return value.length >= tellingLength;
    // JSON within JSON, as payloads are.
    return /^\s*[[{]/.test(value) && value.includes(person.value) && inRecord(Buffer.from(value));
  }
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, each]) => {
    if (isValue(name, each, person)) return true;
    // A delivery's error record holds the record as it came.
    if (name === 'rawData' && typeof each === 'string') return inRecord(Buffer.from(each, 'base64'));
    return inJson(each, person, inRecord);
  });
}

function isField(name: string, { field }: Person): boolean {
  return name.toLowerCase() === field.toLowerCase();
}

function isValue(name: string, each: unknown, person: Person): boolean {
  return isField(name, person) && String(each) === person.value;
}

function conditionOf(columns: readonly TypedColumn[], person: Person, isTelling: boolean): string {
  const { field, value } = person;
  const text = sqlString(value);
  const tests = columns.flatMap(({ name, type }) => {
    const column = sqlIdentifier(name);
    if (isField(name, person)) return [`CAST(${column} AS VARCHAR) = ${text}`];
    if (!/VARCHAR|BLOB|JSON|STRUCT|MAP|\[\]/.test(type))
      return isTelling
        ? [`regexp_full_match(CAST(${column} AS VARCHAR), ${sqlString(`${escaped(value)}${noFraction}`)})`]
        : [];
    const isNested = /STRUCT|MAP|\[\]/.test(type);
    const cast = `CAST(${isNested ? `to_json(${column})` : column} AS VARCHAR)`;
    const names = `contains(${cast}, ${text}) AND regexp_matches(${cast}, ${sqlString(sqlPattern(field, value, isTelling))})`;
    // In a row, a short id is the value of its column, or of its field in a record that the row holds; no other text is asked.
    return [isTelling ? `(${names})` : `(${names} AND regexp_matches(${cast}, '^\\s*[\\[{]'))`];
  });
  return tests.length === 0 ? 'false' : `coalesce(${tests.join(' OR ')}, false)`;
}

/** RE2 has no look-around: the neighbours are matched with it. `more`: what may follow a telling id. */
function sqlPattern(field: string, value: string, isTelling: boolean, more = ''): string {
  const quoted = escaped(value);
  if (isTelling) return `(^|[^0-9A-Za-z_-])${quoted}${more}($|[^0-9A-Za-z_.-]|\\.($|[^0-9A-Za-z_]))`;
  return `(?i)(^|[^0-9A-Za-z_])${field}${valuePattern(value, '($|[^0-9A-Za-z_.-])')}`;
}
