import {
  asciiRunEnd,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  OPEN_OBJECT,
  plainRunEnd,
  QUOTE,
  scanScalar,
  skipSpace,
} from './json-tokens.ts';
import type { Field, RecordType } from './type.ts';
import { compileFieldTests } from './validator.ts';

/** Where a record that its type allows stands, and its key within; without a key, `keyStart` is `keyEnd`. */
export interface RecognisedRecord {
  readonly start: number;
  readonly end: number;
  readonly keyStart: number;
  readonly keyEnd: number;
}

/**
 * The record that begins at a place. Undefined says nothing of it: only reading it tells. `text` is the bytes as Latin-1:
 * places in one are places in the other.
 */
export type Recogniser = (bytes: Buffer, text: string, start: number) => RecognisedRecord | undefined;

interface KnownField {
  /** As it stands in JSON, with its quotes. */
  readonly quoted: Uint8Array;
  readonly isRequired: boolean;
  readonly isKey: boolean;
  readonly allows: (value: unknown) => boolean;
  /** The record that had it last: a field that one record has twice is a duplicate. */
  lastRecord: number;
}

/**
 * Takes good records in by one pass over their bytes, where scanning, parsing and validating are three and build every
 * value. It knows plain cases alone (no escape in a text, no number of more than 15 digits) and asks the validator of the
 * field about each value: what it recognises is what `objectScanner` and `compileValidator` find nothing wrong with.
 * Undefined for types whose values hold values.
 */
export function compileRecogniser({ fields }: RecordType, key: string | undefined): Recogniser | undefined {
  if (Object.values(fields).some(holdsValues)) return undefined;
  const tests = compileFieldTests(fields);
  const known = new Map(
    Object.entries(fields).map(([name, of]): [string, KnownField] => {
      const quoted = JSON.stringify(name);
      const allows = tests[name] ?? (() => false);
      const isRequired = of.optional !== true;
      return [quoted, { quoted: Buffer.from(quoted), isRequired, isKey: name === key, allows, lastRecord: 0 }];
    }),
  );
  const required = [...known.values()].filter(({ isRequired }) => isRequired).length;
  /** What stood at each place of the records before: mostly it does again. */
  const usual = [...known.values()];
  const fieldAt = (bytes: Buffer, text: string, start: number, place: number): KnownField | undefined => {
    const guess = usual[place];
    if (guess !== undefined && standsAt(guess.quoted, bytes, start)) return guess;
    const field = known.get(text.slice(start, plainRunEnd(bytes, start + 1, bytes.length) + 1));
    if (field !== undefined) usual[place] = field;
    return field;
  };
  let records = 0;
  return (bytes, text, start) => {
    const { length } = bytes;
    if (bytes[start] !== OPEN_OBJECT) return undefined;
    records += 1;
    let [keyStart, keyEnd] = [start, start];
    let missing = required;
    let at = start;
    for (let place = 0; ; place += 1) {
      at = skipSpace(bytes, at + 1, length);
      const field = fieldAt(bytes, text, at, place);
      if (field === undefined || field.lastRecord === records) return undefined;
      field.lastRecord = records;
      if (field.isRequired) missing -= 1;
      at = skipSpace(bytes, at + field.quoted.length, length);
      if (bytes[at] !== COLON) return undefined;
      at = skipSpace(bytes, at + 1, length);
      const isText = bytes[at] === QUOTE;
      const end = isText ? textEnd(bytes, text, at + 1, field) : scalarEnd(bytes, text, at, field);
      if (end < 0) return undefined;
      if (field.isKey) [keyStart, keyEnd] = isText ? [at + 1, end - 1] : [at, end];
      at = skipSpace(bytes, end, length);
      if (bytes[at] === COMMA) continue;
      return bytes[at] === CLOSE_OBJECT && missing === 0 ? { start, end: at + 1, keyStart, keyEnd } : undefined;
    }
  };
}

function holdsValues({ type }: Field): boolean {
  return type === 'json' || type === 'list' || type === 'struct' || type === 'map';
}

function standsAt(word: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < word.length; i += 1) if (bytes[start + i] !== word[i]) return false;
  return true;
}

/** The place after the quote that ends a text which the field allows; else -1. */
function textEnd(bytes: Buffer, text: string, start: number, { allows }: KnownField): number {
  const { length } = bytes;
  const asciiEnd = asciiRunEnd(bytes, start, length);
  const end = bytes[asciiEnd] === QUOTE ? asciiEnd : plainRunEnd(bytes, asciiEnd, length);
  if (bytes[end] !== QUOTE) return -1;
  const value = end === asciiEnd ? text.slice(start, end) : bytes.toString('utf8', start, end);
  return allows(value) ? end + 1 : -1;
}

/** The place after a number, true, false or null that the field allows; else -1. */
function scalarEnd(bytes: Buffer, text: string, start: number, { allows, isKey }: KnownField): number {
  const end = scanScalar(bytes, start, bytes.length);
  if (end < 0 || end - start > exactDigits) return -1;
  const token = text.slice(start, end);
  // The scan has just established that this is JSON: what is no word is a number.
  const value = words.has(token) ? words.get(token) : Number(token);
  // A key is the text of its value, which need not be how it was written: 1.0 is 1, and null is none.
  if (isKey && (value === null || String(value) !== token)) return -1;
  return allows(value) ? end : -1;
}

const words: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/** Numbers of so many digits are the same to everybody who reads them. */
const exactDigits = 15;
