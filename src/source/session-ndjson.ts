import { PlayheadError } from '../base/errors.ts';
import type { ProducedBatch } from '../record/batch.ts';
import { type SessionSource, slotMs } from './sessions/session-source.ts';

export interface NdjsonRange {
  readonly fromMs: number;
  /** Not included. Needed unless `events` is given. */
  readonly toMs?: number;
  /** At most so many records. */
  readonly events?: number;
}

/** Where a search for events gives up: a simulation that makes none would never end. */
const emptyAtMostMs = 2 * 86_400_000;

/**
 * Simulated records as NDJSON, in order of arrival: those that arrive in [from, to), or the first so many from there on.
 * The range need not be on whole slots. PH_USAGE without an end and a number.
 */
export function* sessionNdjson(source: SessionSource, { fromMs, toMs, events }: NdjsonRange): Generator<Uint8Array> {
  if (toMs === undefined && events === undefined)
    throw new PlayheadError('PH_USAGE', 'say how many events, or until when');
  let left = events ?? Number.POSITIVE_INFINITY;
  const endMs = toMs ?? Number.POSITIVE_INFINITY;
  let emptyMs = 0;
  for (let slot = Math.floor(fromMs / slotMs) * slotMs; slot < endMs && left > 0; slot += slotMs) {
    emptyMs += slotMs;
    for (const { batch } of source.slot(slot)) {
      const bytes = linesBetween(batch, fromMs, endMs, left);
      left -= bytes.count;
      if (bytes.count === 0) continue;
      emptyMs = 0;
      yield bytes.values;
      if (left === 0) return;
    }
    if (toMs === undefined && emptyMs > emptyAtMostMs)
      throw new PlayheadError('PH_NOTHING_READ', 'the simulation makes no events', {
        hint: 'Ask for more events a day.',
      });
  }
}

/** The lines of a batch (in order of arrival) that arrive in the range: always one stretch. */
function linesBetween(
  { arrivalMs, valueEnds, values, count }: ProducedBatch,
  fromMs: number,
  toMs: number,
  most: number,
): { readonly count: number; readonly values: Uint8Array } {
  let first = 0;
  while (first < count && (arrivalMs[first] ?? 0) < fromMs) first += 1;
  let end = first;
  while (end < count && end - first < most && (arrivalMs[end] ?? 0) < toMs) end += 1;
  const start = first === 0 ? 0 : (valueEnds[first - 1] ?? 0);
  return { count: end - first, values: values.subarray(start, end === 0 ? 0 : valueEnds[end - 1]) };
}
