import { PlayheadError } from '../../base/errors.ts';
import type { Sqlite } from '../../base/sqlite.ts';
import type { SourceAccount } from '../stream.ts';
import type { SequenceRun } from './source-runs.ts';

/** What a source sent that arrived in one hour, and what the log made of it: `sent = logged + resent`. */
export interface HourCounts {
  /** Hours since 1970 UTC. */
  readonly hour: number;
  readonly sent: number;
  readonly logged: number;
  readonly resent: number;
}

const hourMs = 3_600_000;

/** Stands in the index for records from before it kept hours. */
const unknownHour = -1;

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

/** Adds to a source's account, within the caller's transaction. */
export function addToAccount(index: Sqlite, source: number, counts: readonly HourCounts[]): void {
  for (const { hour, sent, logged, resent } of counts)
    index.run(
      `INSERT INTO source_account (source, hour, sent, logged, resent) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (source, hour) DO UPDATE SET sent = sent + excluded.sent, logged = logged + excluded.logged,
         resent = resent + excluded.resent`,
      source,
      hour,
      sent,
      logged,
      resent,
    );
}

/** What each source sent, with the sequences that the log knows of it. */
export function readAccounts(index: Sqlite): readonly SourceAccount[] {
  const sequences = new Map(
    index
      .all('SELECT source, sum(last - first + 1) AS sequences FROM source_runs GROUP BY source')
      .map((row) => [Number(row['source']), Number(row['sequences'])]),
  );
  const lines = Map.groupBy(index.all('SELECT * FROM source_account ORDER BY source, hour'), (row) =>
    Number(row['source']),
  );
  return index.all('SELECT id, name FROM sources ORDER BY name').map((row) => {
    const id = Number(row['id']);
    return {
      source: String(row['name']),
      sequences: sequences.get(id) ?? 0,
      hours: (lines.get(id) ?? []).map((line) => ({
        ...(Number(line['hour']) === unknownHour ? {} : { hourMs: Number(line['hour']) * hourMs }),
        sent: Number(line['sent']),
        logged: Number(line['logged']),
        resent: Number(line['resent']),
      })),
    };
  });
}
