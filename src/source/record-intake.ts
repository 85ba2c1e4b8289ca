import { formatCount } from '../base/units.ts';
import type { ProducedBatch } from '../record/batch.ts';
import { BatchBuilder } from '../record/batch-builder.ts';
import { type Issue, type IssueRule, issueRules } from '../record/issue.ts';
import type { ListLimits } from '../record/json-list.ts';
import { objectScanner } from '../record/object-scan.ts';
import { compileRecogniser, type RecognisedRecord } from '../record/recogniser.ts';
import { compileValidator } from '../record/validator.ts';
import type { StreamDefinition } from '../stream/definition.ts';
import { keyBytes } from './produced-line.ts';
import { isRecognised, itemReader, type ListedItem, listRecords } from './record-list.ts';

/** What is wrong with a record of a list; `too_large` where a stream would not take it. */
export type RecordIssue = Omit<Issue, 'rule'> & { readonly rule: IssueRule | 'too_large' };

/** Every rule that a record can be refused for. */
export const recordRules: readonly string[] = [...Object.keys(issueRules), 'too_large'];

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
  const recognise = limits.depth < 2 ? undefined : compileRecogniser(record, key);
  const judge = (line: Buffer, parsed: unknown): readonly RecordIssue[] => {
    if (line.length > maxRecordBytes) return [tooLarge(line.length, maxRecordBytes)];
    const fault = scan(line, 0, line.length);
    if (fault !== undefined) return [{ path: '', rule: fault, expected: 'one JSON object', got: issueRules[fault] }];
    return validate(parsed);
  };
  const take: RecordIntake['take'] = (bytes, arrivalMs) => {
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    const items = listRecords(body, limits, recognise);
    const read = itemReader(body, items);
    const isOneLine = !body.includes(lineFeed) && !body.includes(carriageReturn);
    const refused = new Map<number, readonly RecordIssue[]>();
    for (let at = 0; at < items.length; ) {
      const run = neighboursFrom(items, at, maxRecordBytes);
      if (run.length > 0) {
        if (!isOneLine) onOneLine(body.subarray(run[0]?.start, run.at(-1)?.end));
        addRun(builder, body, run, arrivalMs);
        at += run.length;
        continue;
      }
      const value = read(at);
      const line = body.subarray(items[at]?.start, items[at]?.end);
      const issues = judge(line, value);
      if (issues.length > 0) refused.set(at, issues);
      else {
        if (!isOneLine) onOneLine(line);
        // A record that fits its type is an object.
        const fields = value as Readonly<Record<string, unknown>>;
        builder.addLine(line, arrivalMs, key === undefined ? undefined : keyBytes(fields[key]));
      }
      at += 1;
    }
    return { count: items.length, batch: builder.take(), refused };
  };
  return { take, giveBack: (batch) => builder.giveBack(batch) };
}

/** Records from an item on that were recognised and have one byte, the comma, between each and the next. */
function neighboursFrom(items: readonly ListedItem[], from: number, maxBytes: number): readonly RecognisedRecord[] {
  const run: RecognisedRecord[] = [];
  for (let at = from; ; at += 1) {
    const item = items[at];
    if (!isRecognised(item) || item.end - item.start > maxBytes) return run;
    const before = run.at(-1);
    if (before !== undefined && item.start !== before.end + 1) return run;
    run.push(item);
  }
}

/** Adds records as they lie, in one copy: where their commas stood, their lines end. */
function addRun(builder: BatchBuilder, body: Buffer, run: readonly RecognisedRecord[], arrivalMs: number): void {
  const [first, last] = [run[0]?.start ?? 0, run.at(-1)?.end ?? 0];
  const shift = builder.reserve(last - first + 1) - first;
  const { bytes } = builder;
  bytes.set(body.subarray(first, last), first + shift);
  for (const { end, keyStart, keyEnd } of run) {
    bytes[end + shift] = lineFeed;
    builder.close(end + shift + 1, arrivalMs, keyStart + shift, keyEnd + shift);
  }
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
