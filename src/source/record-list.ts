import { isUtf8 } from 'node:buffer';
import { PlayheadError } from '../base/errors.ts';
import { formatCount } from '../base/units.ts';
import { type ListFault, type ListLimits, listItems } from '../record/json-list.ts';
import { mayLoseDigits, parseJson } from '../record/parse-json.ts';
import type { RecognisedRecord, Recogniser } from '../record/recogniser.ts';

/** An item of a list: where it stands, and, for a record that was recognised, its key. */
export type ListedItem = RecognisedRecord | { readonly start: number; readonly end: number };

export function isRecognised(item: ListedItem | undefined): item is RecognisedRecord {
  return item !== undefined && 'keyStart' in item;
}

/**
 * The items of a body that is a JSON list. Throws PH_BODY_INVALID for what is no list of at least one item, is no UTF-8 or
 * nests too deep, PH_BODY_TOO_LARGE for too many items.
 */
export function listRecords(
  body: Buffer,
  limits: ListLimits,
  recognise: Recogniser | undefined,
): readonly ListedItem[] {
  if (!isUtf8(body)) throw new PlayheadError('PH_BODY_INVALID', 'the body is not UTF-8');
  const recognised: RecognisedRecord[] = [];
  const places = listItems(body, limits, recognise && endOfRecognised(body, recognise, recognised));
  if (typeof places === 'string') throw notTaken(places, limits);
  if (places.length === 0) throw new PlayheadError('PH_BODY_INVALID', 'the list has no record in it');
  let next = 0;
  return Array.from({ length: places.length / 2 }, (_, item): ListedItem => {
    const [start = 0, end = 0] = [places[2 * item], places[2 * item + 1]];
    const record = recognised[next];
    if (record?.start !== start) return { start, end };
    next += 1;
    // What follows a record before the comma, spoils it.
    return record.end === end ? record : { start, end };
  });
}

function endOfRecognised(body: Buffer, recognise: Recogniser, into: RecognisedRecord[]): (start: number) => number {
  const text = body.toString('latin1');
  return (start) => {
    const record = recognise(body, text, start);
    if (record === undefined) return start;
    into.push(record);
    return record.end;
  };
}

/**
 * Reads items; undefined for one that is no JSON. Where none was recognised, all are parsed at once, which costs half of one by
 * one, unless one of them is broken or has long numbers.
 */
export function itemReader(body: Buffer, items: readonly ListedItem[]): (item: number) => unknown {
  const whole = items.some(isRecognised) ? undefined : parsedList(body);
  return (item) => {
    if (whole !== undefined) return whole[item];
    try {
      return parseJson(body.toString('utf8', items[item]?.start, items[item]?.end));
    } catch {
      return undefined;
    }
  };
}

function parsedList(body: Buffer): readonly unknown[] | undefined {
  const text = body.toString();
  try {
    // Its brackets were followed: what is JSON here, is a list.
    return mayLoseDigits(text) ? undefined : (JSON.parse(text) as readonly unknown[]);
  } catch {
    return undefined;
  }
}

function notTaken(fault: ListFault, { items, depth }: ListLimits): PlayheadError {
  if (fault === 'too_many')
    return new PlayheadError('PH_BODY_TOO_LARGE', `more than ${formatCount(items)} records in one request`, {
      hint: 'Send them in several requests.',
    });
  if (fault === 'too_deep')
    return new PlayheadError('PH_BODY_INVALID', `lists and objects are nested more than ${depth} deep`);
  const message = fault === 'not_json' ? 'the body is not JSON' : 'the body is not a JSON list of records';
  return new PlayheadError('PH_BODY_INVALID', message, { hint: 'Send [{…}, {…}], also for one record.' });
}
