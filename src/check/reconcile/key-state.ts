import type { Findings, RowPlace } from './findings.ts';
import { type CompareRules, differences, type FieldDifference, type Payload, parsePayload } from './payload.ts';
import type { RecordShape } from './side.ts';
import type { SpilledRow } from './spilled-row.ts';

/** What a comparison goes by, and where it notes what it finds. */
export interface Comparing {
  readonly rules: CompareRules;
  /** Which fields make a key. */
  readonly keyFields: readonly string[];
  /** By their numbers in the rows. */
  readonly streamShapes: readonly RecordShape[];
  readonly lakeShapes: readonly RecordShape[];
  readonly findings: Findings;
}

/** Records of the stream with one key and one content. */
export interface Content {
  readonly first: SpilledRow;
  /** Parsed when it is first compared field by field. */
  payload?: Payload | undefined;
  sent: number;
  arrived: number;
  readonly places: RowPlace[];
}

/** What the two sides hold under one key. */
export interface KeyState {
  readonly contents: Content[];
  /** Rows of the lake that are none of the contents. */
  readonly others: SpilledRow[];
}

const unparsable: readonly FieldDifference[] = [{ field: '(the whole record)', stream: undefined, lake: undefined }];

/**
 * Tells the fields in which a row is not a content of the stream; none where it is that content. The row is parsed once,
 * with however many contents it is compared.
 */
export function differencesOf(
  row: SpilledRow,
  { rules, streamShapes, lakeShapes }: Comparing,
  isOfLake: boolean,
): (content: Content) => readonly FieldDifference[] {
  const shape = (isOfLake ? lakeShapes : streamShapes)[row.shape];
  let parsed: { readonly payload: Payload | undefined; readonly rules: CompareRules } | undefined;
  return (content) => {
    if (Buffer.compare(content.first.bytes, row.bytes) === 0) return [];
    content.payload ??= parsePayload(content.first.bytes);
    parsed ??= { payload: parsePayload(row.bytes), rules: withTimes(rules, shape) };
    if (content.payload === undefined || parsed.payload === undefined) return unparsable;
    return differences(content.payload, parsed.payload, parsed.rules, shape?.format === 'csv');
  };
}

/** Times that Parquet's columns declare, beside those that are declared for both sides. */
function withTimes(rules: CompareRules, shape: RecordShape | undefined): CompareRules {
  const own = (shape?.times ?? []).filter((name) => !rules.times.has(name));
  if (own.length === 0) return rules;
  return { ...rules, times: new Map([...rules.times, ...own.map((name) => [name, 'milliseconds'] as const)]) };
}

export function placeOf({ container, at }: SpilledRow): RowPlace {
  return { container, at };
}

/** For a sample: nothing where the time is not known. */
export function timed(timeMs: number): { timeMs?: number } {
  return Number.isNaN(timeMs) ? {} : { timeMs };
}
