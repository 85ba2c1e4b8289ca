import { sqlString } from '../../duck/duck.ts';
import { base64Forms, inBase64 } from './id-in-base64.ts';
import { fieldPattern, sqlPattern, tellingPattern } from './id-patterns.ts';
import { isField, isValue, type Person, type TypedColumn, tellingLength } from './person.ts';
import { conditionOf, strictConditionOf } from './person-sql.ts';

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
    strictCondition: (columns) => strictConditionOf(columns, person, isTelling),
  };
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

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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
