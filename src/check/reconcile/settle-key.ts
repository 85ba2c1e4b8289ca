import type { RowPlace, Sample } from './findings.ts';
import { type Comparing, type Content, differencesOf, type KeyState, placeOf, timed } from './key-state.ts';
import type { FieldDifference } from './payload.ts';
import { shownKey } from './record-key.ts';
import type { SpilledRow } from './spilled-row.ts';

/** Pairs the lake's other rows with contents that did not arrive: altered. What is left of those is missing. */
export function settleKey(state: KeyState, comparing: Comparing): void {
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
  const differences = differencesOf(row, comparing, true);
  for (const content of contents) {
    const fields = differences(content);
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
  if (doubled > 0) findings.sample('doubled', () => ({ ...sampleOf(first), lake: places }));
}

function countMissing({ first, sent }: Content, comparing: Comparing): void {
  const { findings } = comparing;
  if (!findings.covers(first.timeMs)) return;
  findings.count(first.timeMs, { stream: sent, missing: sent });
  findings.sample('missing', () => sampleOf(first));
}

function countAltered(
  { first, sent }: Content,
  row: SpilledRow,
  fields: readonly FieldDifference[],
  isPaired: boolean,
  comparing: Comparing,
): void {
  const { findings } = comparing;
  if (!findings.covers(first.timeMs)) return;
  const ofStream = isPaired ? { stream: sent, deduplicated: sent - 1 } : { reworked: 1 };
  findings.count(first.timeMs, { lake: 1, altered: 1, ...ofStream });
  findings.altered(fields);
  findings.sample('altered', () => ({
    ...sampleOf(first),
    lake: [placeOf(row)],
    fields,
  }));
}

function sampleOf(row: SpilledRow): Omit<Sample<RowPlace>, 'kind'> {
  return { key: shownKey(row.key), ...timed(row.timeMs), stream: placeOf(row) };
}
