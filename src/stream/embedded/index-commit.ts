import type { Sqlite } from '../../base/sqlite.ts';
import type { HourCounts } from '../hour-counts.ts';
import type { SequenceRun } from '../sequence-runs.ts';
import { addToAccount } from './source-account.ts';
import { addRun, claimSourceId, runsWithin } from './source-runs.ts';

/** A frame as it lies in the segment, before it has positions. */
export interface WrittenFrame {
  readonly partition: number;
  readonly count: number;
  readonly offset: number;
  readonly storedBytes: number;
  readonly valueBytes: number;
  readonly firstSequence: bigint;
  readonly lastSequence: bigint;
}

/** Frames that enter the log together, and the sequences that they bring, none of which may be there yet. */
export interface WrittenUnit {
  readonly source: string;
  readonly runs: readonly SequenceRun[];
  readonly frames: readonly WrittenFrame[];
  readonly lastArrivalMs: number;
  /** Erasures of the topic that had begun when its records were looked through. */
  readonly erasures: number;
  readonly counts: readonly HourCounts[];
}

export type CommitOutcome =
  /** Another process closed the segment (it took the writer for dead): nothing is committed, write it again elsewhere. */
  | { readonly kind: 'segment-sealed' }
  /** Base positions of each unit's frames; undefined for a unit whose sequences came into the log, or before which an erasure began, meanwhile. */
  | { readonly kind: 'committed'; readonly bases: readonly (readonly bigint[] | undefined)[] };

/** Takes what was written to a segment up to `segmentEnd` into the log, durably, in one transaction. */
export function commitUnits(
  index: Sqlite,
  segment: number,
  segmentEnd: number,
  units: readonly WrittenUnit[],
  appendedMs: number,
): CommitOutcome {
  return index.write('durable', () => {
    const state = index.get('SELECT state FROM segments WHERE id = ?', segment)?.['state'];
    if (state !== 'open') return { kind: 'segment-sealed' };
    index.run('UPDATE segments SET size_bytes = ? WHERE id = ?', segmentEnd, segment);
    const erasures = erasuresOf(index);
    const bases = units.map((unit) =>
      unit.erasures === erasures ? commitUnit(index, segment, unit, appendedMs) : undefined,
    );
    return { kind: 'committed', bases };
  });
}

/** Erasures that have begun in this topic. */
export function erasuresOf(index: Sqlite): number {
  return Number(index.get('SELECT erasures FROM topic')?.['erasures'] ?? 0);
}

/** Counts what was sent again: nothing of it enters the log. */
export function countResent(
  index: Sqlite,
  units: readonly { readonly unit: { readonly source: string }; readonly counts: readonly HourCounts[] }[],
): void {
  if (units.every(({ counts }) => counts.length === 0)) return;
  index.write('derived', () => {
    for (const { unit, counts } of units) addToAccount(index, claimSourceId(index, unit.source), counts);
  });
}

function commitUnit(
  index: Sqlite,
  segment: number,
  unit: WrittenUnit,
  appendedMs: number,
): readonly bigint[] | undefined {
  const source = claimSourceId(index, unit.source);
  if (unit.frames.length === 0) {
    addToAccount(index, source, unit.counts);
    return [];
  }
  if (unit.runs.some((run) => runsWithin(index, source, run).length > 0)) return undefined;
  for (const run of unit.runs) addRun(index, source, run);
  addToAccount(index, source, unit.counts);
  index.run(
    `UPDATE topic SET last_appended_ms = max(?1, ifnull(last_appended_ms, ?1)),
       last_arrival_ms = max(?2, ifnull(last_arrival_ms, ?2))`,
    appendedMs,
    unit.lastArrivalMs,
  );
  return unit.frames.map((frame) => {
    const row = index.get(
      'UPDATE partitions SET end_position = end_position + ? WHERE partition = ? RETURNING end_position',
      frame.count,
      frame.partition,
    );
    const base = BigInt(Number(row?.['end_position']) - frame.count);
    index.run(
      `INSERT INTO frames (partition, base, count, segment, offset, stored_bytes, value_bytes, appended_ms, source,
         first_sequence, last_sequence) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      frame.partition,
      base,
      frame.count,
      segment,
      frame.offset,
      frame.storedBytes,
      frame.valueBytes,
      appendedMs,
      source,
      frame.firstSequence,
      frame.lastSequence,
    );
    return base;
  });
}
