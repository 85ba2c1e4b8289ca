import { isUtf8 } from 'node:buffer';
import { PlayheadError } from '../base/errors.ts';
import { formatCount } from '../base/units.ts';
import type { ProducedBatch } from '../record/batch.ts';
import { BatchBuilder } from '../record/batch-builder.ts';
import { type Issue, issueRules } from '../record/issue.ts';
import { type ListFault, type ListLimits, listItems } from '../record/json-list.ts';
import { objectScanner } from '../record/object-scan.ts';
import { mayLoseDigits, parseJson } from '../record/parse-json.ts';
import { compileValidator } from '../record/validator.ts';
import type { StreamDefinition } from '../stream/definition.ts';
import { keyBytes } from './produced-line.ts';

/** What is wrong with a record of a list; `too_large` where a stream would not take it. */
export type RecordIssue = Omit<Issue, 'rule'> & { readonly rule: Issue['rule'] | 'too_large' };

/** The records of a list: `count = batch.count + refused.size`. */
export interface TakenRecords {
  readonly count: number;
  /** Those that are as their type says, in order, ready to be appended. */
  readonly batch: ProducedBatch;
  /** By the record's place in the list. */
  readonly refused: ReadonlyMap<number, readonly RecordIssue[]>;
}

/** Takes JSON lists of records apart, and tells good ones from others. */
export interface RecordIntake {
  take(body: Uint8Array, arrivalMs: number): TakenRecords;
  /** Takes back a batch that is in the stream, and that nobody reads any more: its room serves a later one. */
  giveBack(batch: ProducedBatch): void;
}

/**
 * Records keep the bytes that they came in, but for line breaks between their tokens: a value is one line. Throws
 * PH_BODY_INVALID for what is no list of at least one item, is no UTF-8 or nests too deep, PH_BODY_TOO_LARGE for too many
 * items: then nothing of it is taken.
 */
export function recordIntake(
  { record, key }: Pick<StreamDefinition, 'record' | 'key'>,
  limits: ListLimits,
  maxRecordBytes: number,
): RecordIntake {
  const scan = objectScanner();
  const validate = compileValidator(record);
  const builder = new BatchBuilder({
    lineFramed: true,
    checkedObjects: true,
    keyed: key !== undefined,
    capacityBytes: 64 * 1024,
  });
  const judge = (body: Buffer, start: number, end: number, parsed: unknown): readonly RecordIssue[] => {
    if (end - start > maxRecordBytes) return [tooLarge(end - start, maxRecordBytes)];
    const fault = scan(body, start, end);
    if (fault !== undefined) return [{ path: '', rule: fault, expected: 'one JSON object', got: issueRules[fault] }];
    return validate(parsed);
  };
  const take: RecordIntake['take'] = (bytes, arrivalMs) => {
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const places = itemsOf(body, limits);
    const values = valuesOf(body, places);
    const isOneLine = !body.includes(lineFeed) && !body.includes(carriageReturn);
    const refused = new Map<number, readonly RecordIssue[]>();
    for (let item = 0; item < values.length; item += 1) {
      const [start = 0, end = 0] = [places[2 * item], places[2 * item + 1]];
      const issues = judge(body, start, end, values[item]);
      if (issues.length > 0) {
        refused.set(item, issues);
        continue;
      }
      const line = body.subarray(start, end);
      if (!isOneLine) onOneLine(line);
      // A record that fits its type is an object.
      const fields = values[item] as Readonly<Record<string, unknown>>;
      builder.addLine(line, arrivalMs, key === undefined ? undefined : keyBytes(fields[key]));
    }
    return { count: values.length, batch: builder.take(), refused };
  };
  return { take, giveBack: (batch) => builder.giveBack(batch) };
}

/** The items' values; undefined where one is no JSON. At once, which costs half of one by one, unless one is broken or has long numbers. */
function valuesOf(body: Buffer, places: readonly number[]): readonly unknown[] {
  const text = body.toString();
  try {
    // Its brackets were followed: what is JSON here, is a list.
    if (!mayLoseDigits(text)) return JSON.parse(text) as readonly unknown[];
  } catch {
    // Whose fault it is, comes out below.
  }
  return Array.from({ length: places.length / 2 }, (_, item) => {
    try {
      return parseJson(body.toString('utf8', places[2 * item], places[2 * item + 1]));
    } catch {
      return undefined;
    }
  });
}

function itemsOf(body: Buffer, limits: ListLimits): readonly number[] {
  if (!isUtf8(body)) throw new PlayheadError('PH_BODY_INVALID', 'the body is not UTF-8');
  const places = listItems(body, limits);
  if (typeof places === 'string') throw notTaken(places, limits);
  if (places.length > 0) return places;
  throw new PlayheadError('PH_BODY_INVALID', 'the list has no record in it');
}

function notTaken(fault: ListFault, { items, depth }: ListLimits): PlayheadError {
  if (fault === 'too_many')
    return new PlayheadError('PH_BODY_TOO_LARGE', `more than ${formatCount(items)} records in one request`, {
      hint: 'Send them in several requests.',
    });
  const messages = {
    not_json: 'the body is not JSON',
    not_a_list: 'the body is not a JSON list of records',
    too_deep: `lists and objects are nested more than ${depth} deep`,
  };
  return new PlayheadError('PH_BODY_INVALID', messages[fault], { hint: 'Send [{…}, {…}], also for one record.' });
}

function tooLarge(sizeBytes: number, maxBytes: number): RecordIssue {
  const expected = `at most ${formatCount(maxBytes)} bytes`;
  return { path: '', rule: 'too_large', expected, got: `${formatCount(sizeBytes)} bytes` };
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Within a string, JSON has no line break: each that is there stands between tokens, where a space is as good. */
function onOneLine(json: Buffer): void {
  for (const end of [lineFeed, carriageReturn])
    for (let at = json.indexOf(end); at >= 0; at = json.indexOf(end, at)) json[at] = 0x20;
}
