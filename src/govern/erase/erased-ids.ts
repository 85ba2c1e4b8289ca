import { bitAt, keyAt, type ProducedBatch, setBit, valueAt } from '../../record/batch.ts';
import type { ErasedIds } from '../../stream/erased-ids.ts';
import { tellingLength } from './person.ts';

/** Somebody who was erased, as the home remembers them. */
export interface ErasedPerson {
  /** In lower case: names of fields are compared without regard to it. */
  readonly field: string;
  /** Keyed hash of field and id. */
  readonly hash: string;
}

/** Answers that are kept: about 10 MB. Ids come again and again. */
const keptAnswers = 50_000;

/**
 * Tells by hashes alone. The id itself is not known, so that it can't be looked for in other text: a record is about an
 * erased person where a field of that name, at whatever depth, has their id, or where a key is an id that says who is meant.
 */
export function erasedIds(
  people: readonly ErasedPerson[],
  hashOf: (field: string, value: string) => string,
): ErasedIds {
  const hashes = new Set(people.map(({ hash }) => hash));
  const fields = new Set(people.map(({ field }) => field));
  const named = new RegExp(`"(${[...fields].join('|')})"\\s*:\\s*(?:"([^"\\\\]*)"|([-+.\\w]+))`, 'gi');
  const answers = new Map<string, boolean>();
  const isErased = (field: string, value: string): boolean => {
    const asked = `${field}=${value}`;
    const known = answers.get(asked);
    if (known !== undefined) return known;
    const answer = hashes.has(hashOf(field, value));
    if (answers.size >= keptAnswers) answers.clear();
    answers.set(asked, answer);
    return answer;
  };
  const inJson = (value: unknown): boolean => {
    if (Array.isArray(value)) return value.some(inJson);
    if (typeof value !== 'object' || value === null) return false;
    return Object.entries(value).some(([name, each]) => {
      const field = name.toLowerCase();
      return (fields.has(field) && typeof each !== 'object' && isErased(field, String(each))) || inJson(each);
    });
  };
  const inKey = (key: Uint8Array | undefined): boolean => {
    if (key === undefined || key.length < tellingLength) return false;
    const value = Buffer.from(key).toString();
    return [...fields].some((field) => isErased(field, value));
  };
  return {
    erasedIn: (batch) => {
      const erased = new Uint8Array((batch.count + 7) >> 3);
      const text = Buffer.from(batch.values.buffer, batch.values.byteOffset, batch.values.length).toString('latin1');
      let [found, record] = [false, 0];
      const mark = (at: number): void => {
        setBit(erased, at);
        found = true;
      };
      for (const match of text.matchAll(named)) {
        while ((batch.valueEnds[record] ?? text.length) <= match.index) record += 1;
        const [, field = '', quoted, bare = ''] = match;
        if (isErased(field.toLowerCase(), utf8(quoted ?? bare))) mark(record);
      }
      for (const at of escapedRecords(text, batch))
        if (!bitAt(erased, at) && inJson(parsed(valueAt(batch, at)))) mark(at);
      if (batch.keys !== undefined)
        for (let at = 0; at < batch.count; at += 1) if (!bitAt(erased, at) && inKey(keyAt(batch, at))) mark(at);
      return found ? erased : undefined;
    },
  };
}

/** Records with escapes, behind which a name or an id may hide. */
function* escapedRecords(text: string, { valueEnds }: ProducedBatch): Generator<number> {
  let record = 0;
  for (let at = text.indexOf('\\'); at >= 0; at = text.indexOf('\\', valueEnds[record])) {
    while ((valueEnds[record] ?? text.length) <= at) record += 1;
    yield record;
  }
}

/** Bytes that were read as Latin-1, one character each, as the text that they are. */
function utf8(latin1: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
  return /^[\x00-\x7f]*$/.test(latin1) ? latin1 : Buffer.from(latin1, 'latin1').toString();
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}
