import { PlayheadError } from '../base/errors.ts';
import type { SequenceRun } from './sequence-runs.ts';

/** What a source sent that arrived in one hour, and what the log made of it: `sent = logged + resent`. */
export interface HourCounts {
  /** Hours since 1970 UTC. */
  readonly hour: number;
  readonly sent: number;
  readonly logged: number;
  readonly resent: number;
}

export const hourMs = 3_600_000;

/**
 * Counts the records of an append by arrival hour. The three are counted apart: what was asked for, what goes into frames,
 * and what was there before. PH_DOES_NOT_ADD_UP where a record is neither or both: nothing of it may be appended.
 */
export function countByHour(
  arrivalMs: Float64Array,
  frames: readonly Float64Array[],
  resent: readonly SequenceRun[],
  firstSequence: bigint,
): readonly HourCounts[] {
  const sent = new Map<number, number>();
  const logged = new Map<number, number>();
  const again = new Map<number, number>();
  count(sent, arrivalMs);
  for (const frame of frames) count(logged, frame);
  for (const { first, last } of resent)
    count(again, arrivalMs.subarray(Number(first - firstSequence), Number(last - firstSequence) + 1));
  const hours = new Set([...sent.keys(), ...logged.keys(), ...again.keys()]);
  return [...hours].map((hour) => {
    const line = {
      hour,
      sent: sent.get(hour) ?? 0,
      logged: logged.get(hour) ?? 0,
      resent: again.get(hour) ?? 0,
    };
    if (line.sent !== line.logged + line.resent)
      throw new PlayheadError(
        'PH_DOES_NOT_ADD_UP',
        `hour ${new Date(hour * hourMs).toISOString()}: ${line.sent} sent, ${line.logged} logged, ${line.resent} resent`,
        { details: { ...line } },
      );
    return line;
  });
}

/** Neighbours mostly share their hour: one look-up a run of them. */
function count(counts: Map<number, number>, arrivalMs: Float64Array): void {
  for (let i = 0; i < arrivalMs.length; ) {
    const start = i;
    const hour = Math.floor((arrivalMs[i] ?? 0) / hourMs);
    const [from, until] = [hour * hourMs, (hour + 1) * hourMs];
    for (i += 1; i < arrivalMs.length; i += 1) {
      const arrival = arrivalMs[i] ?? 0;
      if (arrival < from || arrival >= until) break;
    }
    counts.set(hour, (counts.get(hour) ?? 0) + i - start);
  }
}
