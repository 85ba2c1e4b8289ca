import type { Findings, Place, Sample } from './findings.ts';
import { type CompareRules, differences, type FieldDifference, type Payload, parsePayload } from './payload.ts';
import { shownKey } from './record-key.ts';
import type { Container } from './side.ts';
import type { SpilledRow } from './spill.ts';

/** Rows of both sides whose keys have the same hash. */
export interface Bucket {
  readonly stream: AsyncIterable<SpilledRow>;
  readonly lake: AsyncIterable<SpilledRow>;
}

export interface Comparing {
  readonly rules: CompareRules;
  /** By their numbers in the rows. */
  readonly streamContainers: readonly Container[];
  readonly lakeContainers: readonly Container[];
  readonly findings: Findings;
}

/** Records of the stream with one key and one content. */
interface Content {
  readonly first: SpilledRow;
  /** Parsed when it is first compared field by field. */
  payload?: Payload | undefined;
  sent: number;
  arrived: number;
  readonly places: Place[];
}

interface KeyState {
  readonly contents: Content[];
  /** Rows of the lake that are none of the contents. */
  readonly others: SpilledRow[];
}

/** Most places of a doubled record that are kept. */
const mostPlaces = 4;

/** Compares the two sides of a bucket in memory, key by key. */
export async function compareBucket({ stream, lake }: Bucket, comparing: Comparing): Promise<void> {
  const keys = new Map<string, KeyState>();
  for await (const row of stream) addContent(keys, row, comparing);
  for await (const row of lake) {
    const state = keys.get(textOf(row.key));
    if (state === undefined) countExtra(row, comparing);
    else if (!arrives(state, row, comparing)) state.others.push(row);
  }
  for (const state of keys.values()) settleKey(state, comparing);
}

function addContent(keys: Map<string, KeyState>, row: SpilledRow, comparing: Comparing): void {
  const key = textOf(row.key);
  const state = keys.get(key);
  if (state === undefined) {
    keys.set(key, { contents: [contentOf(row)], others: [] });
    return;
  }
  const same = state.contents.find((content) => differencesFrom(content, row, comparing, false).length === 0);
  if (same === undefined) state.contents.push(contentOf(row));
  else same.sent += 1;
}

function contentOf(first: SpilledRow): Content {
  return { first, sent: 1, arrived: 0, places: [] };
}

/** True where the lake's row is one of the stream's contents; the one that it is counts it. */
function arrives({ contents }: KeyState, row: SpilledRow, comparing: Comparing): boolean {
  const same = contents.find((content) => differencesFrom(content, row, comparing, true).length === 0);
  if (same === undefined) return false;
  same.arrived += 1;
  if (same.places.length < mostPlaces) same.places.push(placeOf(row, comparing.lakeContainers));
  return true;
}

const unparsable: readonly FieldDifference[] = [{ field: '(the whole record)', stream: undefined, lake: undefined }];

function differencesFrom(
  content: Content,
  row: SpilledRow,
  { rules, streamContainers, lakeContainers }: Comparing,
  isOfLake: boolean,
): readonly FieldDifference[] {
  if (Buffer.compare(content.first.bytes, row.bytes) === 0) return [];
  content.payload ??= parsePayload(content.first.bytes);
  const other = parsePayload(row.bytes);
  if (content.payload === undefined || other === undefined) return unparsable;
  const containers = isOfLake ? lakeContainers : streamContainers;
  const container = containers[row.container];
  return differences(content.payload, other, withTimes(rules, container), container?.format === 'csv');
}

/** Times that Parquet's columns declare, beside those that are declared for both sides. */
function withTimes(rules: CompareRules, container: Container | undefined): CompareRules {
  const own = (container?.times ?? []).filter((name) => !rules.times.has(name));
  if (own.length === 0) return rules;
  return { ...rules, times: new Map([...rules.times, ...own.map((name) => [name, 'milliseconds'] as const)]) };
}

function countExtra(row: SpilledRow, { findings, lakeContainers }: Comparing): void {
  if (!findings.covers(row.timeMs)) return;
  findings.count(row.timeMs, { lake: 1, extra: 1 });
  findings.sample('extra', () => ({
    key: shownKey(row.key),
    ...timed(row.timeMs),
    lake: [placeOf(row, lakeContainers)],
  }));
}

/** Pairs the lake's other rows with contents that did not arrive: altered. What is left of those is missing. */
function settleKey(state: KeyState, comparing: Comparing): void {
  const absent = state.contents.filter(({ arrived }) => arrived === 0);
  for (const row of state.others) {
    const nearest = nearestContent(absent.length > 0 ? absent : state.contents, row, comparing);
    if (nearest === undefined) continue;
    const isPaired = absent.includes(nearest.content);
    if (isPaired) absent.splice(absent.indexOf(nearest.content), 1);
    countAltered(nearest.content, row, nearest.fields, isPaired, comparing);
  }
  for (const content of absent) countMissing(content, comparing);
  for (const content of state.contents) if (content.arrived > 0) countArrived(content, comparing);
}

function nearestContent(
  contents: readonly Content[],
  row: SpilledRow,
  comparing: Comparing,
): { content: Content; fields: readonly FieldDifference[] } | undefined {
  let nearest: { content: Content; fields: readonly FieldDifference[] } | undefined;
  for (const content of contents) {
    const fields = differencesFrom(content, row, comparing, true);
    if (nearest === undefined || fields.length < nearest.fields.length) nearest = { content, fields };
  }
  return nearest;
}

function countArrived({ first, sent, arrived, places }: Content, comparing: Comparing): void {
  const { findings } = comparing;
  if (!findings.covers(first.timeMs)) return;
  const doubled = Math.max(0, arrived - sent);
  const whole = arrived - doubled;
  findings.count(first.timeMs, { stream: sent, lake: arrived, whole, doubled, deduplicated: sent - whole });
  if (doubled > 0) findings.sample('doubled', () => ({ ...sampleOf(first, comparing), lake: places }));
}

function countMissing({ first, sent }: Content, comparing: Comparing): void {
  const { findings } = comparing;
  if (!findings.covers(first.timeMs)) return;
  findings.count(first.timeMs, { stream: sent, missing: sent });
  findings.sample('missing', () => sampleOf(first, comparing));
}

function countAltered(
  { first, sent }: Content,
  row: SpilledRow,
  fields: readonly FieldDifference[],
  isPaired: boolean,
  comparing: Comparing,
): void {
  const { findings, lakeContainers } = comparing;
  if (!findings.covers(first.timeMs)) return;
  const ofStream = isPaired ? { stream: sent, deduplicated: sent - 1 } : { reworked: 1 };
  findings.count(first.timeMs, { lake: 1, altered: 1, ...ofStream });
  findings.altered(fields);
  findings.sample('altered', () => ({
    ...sampleOf(first, comparing),
    lake: [placeOf(row, lakeContainers)],
    fields,
  }));
}

function sampleOf(row: SpilledRow, { streamContainers }: Comparing): Omit<Sample, 'kind'> {
  return { key: shownKey(row.key), ...timed(row.timeMs), stream: placeOf(row, streamContainers) };
}

function timed(timeMs: number): { timeMs?: number } {
  return Number.isNaN(timeMs) ? {} : { timeMs };
}

function placeOf({ container, at }: SpilledRow, containers: readonly Container[]): Place {
  return { container: containers[container]?.name ?? '', at };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
