import { PlayheadError } from '../base/errors.ts';
import type { Stream } from '../stream/stream.ts';
import { type SessionSource, slotMs } from './sessions/session-source.ts';

export interface ProduceRange {
  /** Whole slots: both on a multiple of five minutes. UTC, [from, to). */
  readonly fromMs: number;
  readonly toMs: number;
}

export interface SessionsReport extends ProduceRange {
  /** Name of the simulation: together with the range it determines the records. */
  readonly source: string;
  readonly records: number;
  readonly logged: number;
  /** In the log before, from an earlier run over the same time. */
  readonly resent: number;
}

export interface ProduceProgress {
  readonly records: number;
  /** Simulated time that is done. */
  readonly untilMs: number;
}

/** Appends that may be under way at once: the next batch is simulated while the last ones reach the disk. */
const underWayAtMost = 4;

/**
 * Simulates a range of time into a stream. A run that was cut short, and one over the same time again, add only what is
 * not in the log yet. When it fails or is interrupted, what was acknowledged stays, and a rerun goes on from there.
 * Throws PH_USAGE for a range that is not on whole slots, PH_INTERRUPTED, and what the stream throws.
 */
export async function produceSessions(
  source: SessionSource,
  stream: Stream,
  topic: string,
  range: ProduceRange,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (progress: ProduceProgress) => void } = {},
): Promise<SessionsReport> {
  const { fromMs, toMs } = checkedRange(range);
  const underWay: Promise<void>[] = [];
  const sum = { records: 0, logged: 0, resent: 0 };
  let failure: { readonly error: unknown } | undefined;
  for (let slot = fromMs; slot < toMs && failure === undefined; slot += slotMs) {
    for (const { source: name, firstSequence, batch } of source.slot(slot)) {
      if (options.signal?.aborted === true) failure ??= { error: interrupted(slot) };
      if (failure !== undefined) break;
      const append = stream.append({ topic, source: name, firstSequence, batch }).then(
        ({ logged, resent }) => {
          sum.records += batch.count;
          sum.logged += logged;
          sum.resent += resent;
          source.giveBack(batch);
        },
        (error: unknown) => {
          failure ??= { error };
        },
      );
      underWay.push(append);
      if (underWay.length >= underWayAtMost) await underWay.shift();
    }
    options.onProgress?.({ records: sum.records, untilMs: slot + slotMs });
  }
  await Promise.all(underWay);
  if (failure !== undefined) throw failure.error;
  return { source: source.name, fromMs, toMs, ...sum };
}

/**
 * The report of a range that lies in the log whole, without simulating it again; undefined where the log lacks a record.
 * `records` is how many a run of the same source over the same range made when it came to its end: as many are there
 * when the last sequences of the range's slots, each counted from 0, add up to it. Throws PH_USAGE as above.
 */
export async function reportOfLogged(
  source: SessionSource,
  stream: Stream,
  topic: string,
  range: ProduceRange,
  records: number,
): Promise<SessionsReport | undefined> {
  const { fromMs, toMs } = checkedRange(range);
  let logged = 0n;
  for (let slot = fromMs; slot < toMs; slot += slotMs)
    logged += ((await stream.lastSequence(topic, source.sourceOf(slot))) ?? -1n) + 1n;
  if (logged !== BigInt(records)) return undefined;
  return { source: source.name, fromMs, toMs, records, logged: 0, resent: records };
}

/**
 * Where a run on the wall clock goes on: the slot after the last complete one that the log has, at most `reachMs` back;
 * where the log has none, the slot that has just ended. Slots that are still under way are never produced.
 */
export async function resumeRange(
  source: SessionSource,
  stream: Stream,
  topic: string,
  nowMs: number,
  reachMs: number = 24 * 3_600_000,
): Promise<ProduceRange> {
  const toMs = Math.floor(nowMs / slotMs) * slotMs;
  const earliestMs = Math.max(0, toMs - reachMs);
  for (let slot = toMs - slotMs; slot >= earliestMs; slot -= slotMs) {
    // The last one that is there may lack its end: it is sent again, and adds what was missing.
    if ((await stream.lastSequence(topic, source.sourceOf(slot))) !== undefined) return { fromMs: slot, toMs };
  }
  return { fromMs: Math.max(0, toMs - slotMs), toMs };
}

function checkedRange({ fromMs, toMs }: ProduceRange): ProduceRange {
  if (fromMs % slotMs === 0 && toMs % slotMs === 0 && fromMs < toMs) return { fromMs, toMs };
  const iso = (ms: number): string => new Date(ms).toISOString();
  throw new PlayheadError('PH_USAGE', `${iso(fromMs)} to ${iso(toMs)} is no range of whole slots`, {
    hint: 'Begin and end on a multiple of five minutes, the end after the begin.',
  });
}

function interrupted(slot: number): PlayheadError {
  return new PlayheadError('PH_INTERRUPTED', `interrupted at ${new Date(slot).toISOString()} of simulated time`, {
    hint: 'Run it again: it goes on where it stopped.',
  });
}
