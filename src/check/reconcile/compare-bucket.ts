import { PlayheadError } from '../../base/errors.ts';
import { formatCount } from '../../base/units.ts';
import { type Comparing, type Content, differencesOf, type KeyState, placeOf, timed } from './key-state.ts';
import { shownKey } from './record-key.ts';
import { settleKey } from './settle-key.ts';
import type { SpilledRow } from './spilled-row.ts';

/** Rows of both sides whose keys have the same hash. */
export interface Bucket {
  readonly stream: AsyncIterable<readonly SpilledRow[]>;
  readonly lake: AsyncIterable<readonly SpilledRow[]>;
}

/** Most contents of one key on a side: a million comparisons. */
const mostContents = 1000;

/** Most places of a doubled record that are kept. */
const mostPlaces = 4;

/** Compares the two sides of a bucket in memory, key by key. */
export async function compareBucket({ stream, lake }: Bucket, comparing: Comparing): Promise<void> {
  const keys = new Map<string, KeyState>();
  for await (const rows of stream) for (const row of rows) addContent(keys, row, comparing);
  for await (const rows of lake)
    for (const row of rows) {
      const state = keys.get(textOf(row.key));
      if (state === undefined) countExtra(row, comparing);
      else if (!arrives(state, row, comparing)) keep(state.others, row, row, comparing);
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
  const differences = differencesOf(row, comparing, false);
  const same = state.contents.find((content) => differences(content).length === 0);
  if (same === undefined) keep(state.contents, contentOf(row), row, comparing);
  else same.sent += 1;
}

/** PH_USAGE where the key does not tell records apart: each would have to be held, and compared with all others. */
function keep<T>(known: T[], one: T, { key }: SpilledRow, { keyFields }: Comparing): void {
  if (known.length < mostContents) {
    known.push(one);
    return;
  }
  const written = keyFields.join(',');
  throw new PlayheadError(
    'PH_USAGE',
    `${formatCount(mostContents)} records and more with ${written} ${shownKey(key)} differ`,
    {
      hint: `A key is to tell one record from all others: name more fields, --key ${written},….`,
      details: { key: written, value: shownKey(key) },
    },
  );
}

function contentOf(first: SpilledRow): Content {
  return { first, sent: 1, arrived: 0, places: [] };
}

/** True where the lake's row is one of the stream's contents; the one that it is counts it. */
function arrives({ contents }: KeyState, row: SpilledRow, comparing: Comparing): boolean {
  const differences = differencesOf(row, comparing, true);
  const same = contents.find((content) => differences(content).length === 0);
  if (same === undefined) return false;
  same.arrived += 1;
  if (same.places.length < mostPlaces) same.places.push(placeOf(row));
  return true;
}

function countExtra(row: SpilledRow, { findings }: Comparing): void {
  if (!findings.covers(row.timeMs)) return;
  findings.count(row.timeMs, { lake: 1, extra: 1 });
  findings.sample('extra', () => ({
    key: shownKey(row.key),
    ...timed(row.timeMs),
    lake: [placeOf(row)],
  }));
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}
