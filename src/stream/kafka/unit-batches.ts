import { orderByPartition, skipRecord } from '../../record/batch-partition.ts';
import type { AppendUnit } from '../append-queue.ts';
import { assignPartitions } from '../partitioner.ts';
import type { SequenceRun } from '../sequence-runs.ts';
import type { Codec } from './compression.ts';
import { type EncodedRecords, type EncodedSource, encodeRecords } from './encode-batch.ts';
import type { EncodingRooms } from './encoding-rooms.ts';

export interface BatchSettings {
  readonly partitions: number;
  /** Bytes of a batch's records before they are compressed. */
  readonly batchBytes: number;
  readonly codec: Codec;
  readonly rooms: EncodingRooms;
}

/** Records of a unit that the log does not have, by the partitions that they go to. */
export interface DividedUnit {
  readonly unit: AppendUnit;
  readonly resent: readonly SequenceRun[];
  readonly erased: Uint8Array | undefined;
  /** Of every record, resent or not. */
  readonly partitions: Uint16Array;
  /** Indices of the new records, partition after partition. */
  readonly order: Uint32Array;
  /** Where each partition's begin in `order`; one more says where the last ends. */
  readonly starts: Uint32Array;
}

/** A batch of one partition, compressed, and which records of its unit it holds. */
export interface UnitBatch {
  readonly partition: number;
  readonly indices: Uint32Array;
  readonly encoded: EncodedRecords;
}

export function divideUnit(
  unit: AppendUnit,
  resent: readonly SequenceRun[],
  erased: Uint8Array | undefined,
  partitions: number,
): DividedUnit {
  const { batch, firstSequence } = unit;
  const assignment = assignPartitions(batch, firstSequence, partitions);
  const fresh = resent.length === 0 ? assignment : assignment.slice();
  for (const { first, last } of resent)
    fresh.fill(skipRecord, Number(first - firstSequence), Number(last - firstSequence) + 1);
  return { unit, resent, erased, partitions: assignment, ...orderByPartition(fresh, partitions) };
}

export function freshArrivals({ unit, order }: DividedUnit): Float64Array {
  const arrivals = new Float64Array(order.length);
  for (let i = 0; i < order.length; i += 1) arrivals[i] = unit.batch.arrivalMs[order[i] ?? 0] ?? 0;
  return arrivals;
}

/** The batches of a unit's new records, partition after partition. A few are encoded at a time, as others are compressed. */
export async function unitBatches(
  { unit, erased, order, starts }: DividedUnit,
  { partitions, batchBytes, codec, rooms }: BatchSettings,
): Promise<readonly UnitBatch[]> {
  const from: EncodedSource = { ...unit, source: Buffer.from(unit.source), erased };
  const batches: Promise<UnitBatch>[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const own = order.subarray(starts[partition], starts[partition + 1]);
    for (let start = 0; start < own.length; ) {
      const room = await rooms.take();
      const { records, count } = encodeRecords(from, own, start, batchBytes, room);
      const indices = own.subarray(start, start + count);
      const compressed = codec.compress(records).finally(() => rooms.giveBack(room));
      batches.push(compressed.then((bytes) => ({ partition, indices, encoded: { records: bytes, count } })));
      start += count;
    }
  }
  return Promise.all(batches);
}
