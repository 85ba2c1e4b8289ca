import type { ProducedBatch } from '../record/batch.ts';
import { skipRecord } from '../record/batch-partition.ts';
import { murmur2 } from './murmur2.ts';

/** The partition of a key, as Kafka's default partitioner has it: the hash made positive, modulo the partitions. */
export function partitionOfKey(keys: Uint8Array, start: number, end: number, partitions: number): number {
  return (murmur2(keys, start, end) & 0x7fffffff) % partitions;
}

/**
 * Each record's partition. A record without a key (or with an empty one) takes the one that its sequence names in turn:
 * no state to keep, and a resent record would go where it went. Records whose bit is set in `leaveOut` get `skipRecord`.
 */
export function assignPartitions(
  batch: ProducedBatch,
  firstSequence: bigint,
  partitions: number,
  leaveOut?: (index: number) => boolean,
): Uint16Array {
  const assignment = new Uint16Array(batch.count);
  const { keys, keyEnds } = batch;
  let turn = Number(BigInt.asUintN(64, firstSequence) % BigInt(partitions));
  let start = 0;
  for (let i = 0; i < batch.count; i += 1) {
    const end = keyEnds?.[i] ?? 0;
    const keyed = keys !== undefined && end > start;
    assignment[i] = keyed ? partitionOfKey(keys, start, end, partitions) : turn;
    if (leaveOut?.(i)) assignment[i] = skipRecord;
    start = end;
    turn = turn + 1 === partitions ? 0 : turn + 1;
  }
  return assignment;
}
