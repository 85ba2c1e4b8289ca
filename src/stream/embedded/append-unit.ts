import { isUtf8 } from 'node:buffer';
import { bitAt } from '../../record/batch.ts';
import { findInvalidUtf8, gatherBits, partitionBatch } from '../../record/batch-partition.ts';
import type { AppendUnit } from '../append-queue.ts';
import type { ErasedIds } from '../erased-ids.ts';
import { countByHour, type HourCounts } from '../hour-counts.ts';
import { assignPartitions } from '../partitioner.ts';
import { clip, gapsBetween, type SequenceRun } from '../sequence-runs.ts';
import { encodeFrame } from './frame.ts';
import { withoutRecords } from './frame-without.ts';
import type { WrittenFrame, WrittenUnit } from './index-commit.ts';
import { type SegmentKey, sealedFrameBytes, sealFrame } from './segment-key.ts';

interface PreparedFrame {
  readonly partition: number;
  /** Index of each of the frame's records in the unit's batch. */
  readonly indices: Uint32Array;
  readonly valueBytes: number;
  readonly storedBytes: number;
  readonly parts: readonly Uint8Array[];
}

/** A unit divided, compressed and ready to be written; without frames where everything was there before. */
export interface PreparedUnit {
  readonly unit: AppendUnit;
  readonly frames: readonly PreparedFrame[];
  /** Runs of sequences that are new. */
  readonly fresh: readonly SequenceRun[];
  /** Runs that are in the log. */
  readonly resent: readonly SequenceRun[];
  readonly counts: readonly HourCounts[];
  readonly erasures: number;
  /** Bit i set: of record i the log takes only the place, as it is about somebody who was erased. */
  readonly erased: Uint8Array | undefined;
}

/** Who was erased, and how many erasures of the topic had begun when that was asked. */
export interface KnownErased {
  readonly erasures: number;
  readonly ids: ErasedIds | undefined;
}

/**
 * Divides a unit by partition and encodes its frames; leaves out sequences that are `logged`. Records about somebody who was
 * erased keep their places, so that sequences go on and every record is accounted for, and nothing else.
 */
export async function prepareUnit(
  unit: AppendUnit,
  logged: readonly SequenceRun[],
  partitions: number,
  known: KnownErased,
): Promise<PreparedUnit> {
  const { batch, firstSequence } = unit;
  const span = { first: firstSequence, last: firstSequence + BigInt(batch.count) - 1n };
  const resent = clip(logged, span);
  const fresh = gapsBetween(resent, span);
  const counted = (frames: readonly Float64Array[]) => countByHour(batch.arrivalMs, frames, resent, firstSequence);
  const { erasures } = known;
  if (fresh.length === 0) return { unit, frames: [], fresh, resent, counts: counted([]), erasures, erased: undefined };
  const erased = known.ids?.erasedIn(batch);
  const assignment = assignPartitions(batch, firstSequence, partitions);
  for (const run of resent)
    assignment.fill(0xffff, Number(run.first - firstSequence), Number(run.last - firstSequence) + 1);
  const invalidUtf8 = findInvalidUtf8(batch, isUtf8);
  const shares = partitionBatch(batch, assignment, partitions);
  const frames = shares.map(async (share): Promise<PreparedFrame> => {
    const first = share.indices[0] ?? 0;
    const whole = {
      batch: share.batch,
      sequenceOffsets: share.indices.map((index) => index - first),
      ...(invalidUtf8 === undefined ? {} : { invalidUtf8: gatherBits(invalidUtf8, share.indices) }),
    };
    const content = erased === undefined ? whole : withoutRecords(whole, placesOf(erased, share.indices));
    const parts = await encodeFrame(content);
    return {
      partition: share.partition,
      indices: share.indices,
      valueBytes: content.batch.values.length,
      storedBytes: parts.reduce((sum, part) => sum + part.length, 0),
      parts,
    };
  });
  const counts = counted(shares.map((share) => share.batch.arrivalMs));
  return { unit, frames: await Promise.all(frames), fresh, resent, counts, erasures, erased };
}

/** Which of a frame's records have their bit set in the unit. */
function placesOf(bits: Uint8Array, indices: Uint32Array): readonly number[] {
  const places: number[] = [];
  for (let at = 0; at < indices.length; at += 1) if (bitAt(bits, indices[at] ?? 0)) places.push(at);
  return places;
}

/** The unit with its frames as they stand in a sealed segment. */
export function sealedUnit(prepared: PreparedUnit, key: SegmentKey): PreparedUnit {
  const frames = prepared.frames.map((frame) => ({
    ...frame,
    parts: sealFrame(frame.parts, key),
    storedBytes: frame.storedBytes + sealedFrameBytes,
  }));
  return { ...prepared, frames };
}

/** The rows that the index gets for a unit whose frames begin at `offset`. */
export function writtenUnit(prepared: PreparedUnit, offset: number): WrittenUnit {
  const { unit, frames, fresh, counts, erasures } = prepared;
  let at = offset;
  const written = frames.map((frame): WrittenFrame => {
    const begin = at;
    at += frame.storedBytes;
    return {
      partition: frame.partition,
      count: frame.indices.length,
      offset: begin,
      storedBytes: frame.storedBytes,
      valueBytes: frame.valueBytes,
      firstSequence: unit.firstSequence + BigInt(frame.indices[0] ?? 0),
      lastSequence: unit.firstSequence + BigInt(frame.indices[frame.indices.length - 1] ?? 0),
    };
  });
  const lastArrivalMs = latest(unit.batch.arrivalMs);
  return { source: unit.source, runs: fresh, frames: written, lastArrivalMs, erasures, counts };
}

function latest(times: Float64Array): number {
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < times.length; i += 1) max = Math.max(max, times[i] ?? max);
  return max;
}
