import { isPlayheadError } from '../base/errors.ts';
import { checkPrefix } from '../lake/object-key.ts';
import { bitAt, positionAt, type RecordBatch, valueAt } from '../record/batch.ts';
import type { Slice } from './arrival-queue.ts';
import type { RecordFault, RejectedRecord } from './error-record.ts';
import type { PartitionKeys } from './partition-keys.ts';
import type { PrefixRenderer } from './prefix-renderer.ts';

/** Records of a flush that one object holds: those whose evaluated prefix is the same. */
export interface ObjectGroup {
  readonly partitionKeys?: Readonly<Record<string, string>>;
  readonly slices: Slice[];
  rows: number;
  oldestMs: number;
  newestMs: number;
}

export interface SplitFlush {
  /** In the order of their first record. */
  readonly groups: readonly ObjectGroup[];
  readonly rejected: readonly RejectedRecord[];
}

export interface SplitSettings {
  readonly prefix: PrefixRenderer;
  readonly partitionKeys?: PartitionKeys;
  /** Why a record that is not yet known to be one JSON object is not one; undefined where it is. */
  readonly faultOf: (batch: RecordBatch, index: number) => RecordFault | undefined;
}

/** Stands for the object's own while records are divided: the string is one of the object, not of its records. */
export const anyRandomString = 'x'.repeat(11);

/** Firehose's quota of partitions that are open at once: what lies beyond goes to the error prefix. */
const maxActivePartitions = 500;

const tooManyPartitions: RecordFault = {
  type: 'processing-failed',
  code: 'DynamicPartitioning.ActivePartitionLimitExceeded',
  message: `the flush holds more than ${maxActivePartitions} partitions`,
};

/**
 * Divides a flush's records by the object that they belong to, and picks out those that can't be delivered; what was
 * erased belongs to none. A function
 * of the records and their order alone: a restart divides them the same way.
 */
export function splitFlush(slices: readonly Slice[], settings: SplitSettings): SplitFlush {
  const groups = new Map<string, ObjectGroup>();
  const rejected: RejectedRecord[] = [];
  for (const slice of slices) {
    const whole = wholeGroup(slice, settings);
    if (whole !== undefined) {
      addTo(groups, settings, slice, whole.oldestMs, whole.newestMs);
      continue;
    }
    for (let i = slice.from; i < slice.to; i += 1) {
      if (bitAt(slice.batch.erased, i)) continue;
      const fault = placeRecord(groups, settings, slice.batch, i);
      if (fault !== undefined) rejected.push(rejectedRecord(slice.batch, i, fault));
    }
  }
  return { groups: [...groups.values()], rejected };
}

/** A record with why it was rejected; its value without the newline that frames it. */
export function rejectedRecord(batch: RecordBatch, index: number, fault: RecordFault): RejectedRecord {
  return {
    fault,
    partition: batch.partition,
    position: positionAt(batch, index),
    arrivalMs: batch.arrivalMs[index] ?? 0,
    value: bitAt(batch.nulls, index) ? undefined : contentOf(batch, index),
  };
}

/** The bytes as they were produced: a line-framed batch added the newline. */
function contentOf(batch: RecordBatch, index: number): Uint8Array {
  const value = valueAt(batch, index);
  return batch.lineFramed && value.at(-1) === 0x0a ? value.subarray(0, -1) : value;
}

/** The arrival span of a slice whose records need no look and share one prefix; undefined for any other. */
function wholeGroup(slice: Slice, settings: SplitSettings): { oldestMs: number; newestMs: number } | undefined {
  const { batch } = slice;
  const clean = batch.checkedObjects && batch.nulls === undefined && batch.invalidUtf8 === undefined;
  if (!clean || settings.partitionKeys !== undefined) return undefined;
  let oldestMs = Number.POSITIVE_INFINITY;
  let newestMs = Number.NEGATIVE_INFINITY;
  for (let i = slice.from; i < slice.to; i += 1) {
    const arrival = batch.arrivalMs[i] ?? 0;
    if (arrival < oldestMs) oldestMs = arrival;
    if (arrival > newestMs) newestMs = arrival;
  }
  return settings.prefix.timeEnd(oldestMs, newestMs + 1) > newestMs ? { oldestMs, newestMs } : undefined;
}

/** Puts one record into its group, or says why it can't be. */
function placeRecord(
  groups: Map<string, ObjectGroup>,
  settings: SplitSettings,
  batch: RecordBatch,
  index: number,
): RecordFault | undefined {
  const fault = settings.faultOf(batch, index);
  if (fault !== undefined) return fault;
  const keys = settings.partitionKeys?.(contentOf(batch, index));
  if (keys !== undefined && 'fault' in keys) return keys.fault;
  const arrival = batch.arrivalMs[index] ?? 0;
  try {
    const added = addTo(groups, settings, { batch, from: index, to: index + 1 }, arrival, arrival, keys?.values);
    return added ? undefined : tooManyPartitions;
  } catch (cause) {
    // A key's value may make a path that no object can have: that is the record's fault, not the delivery's.
    if (keys === undefined || !isPlayheadError(cause, 'PH_OBJECT_KEY_INVALID')) throw cause;
    return { type: 'processing-failed', code: 'DynamicPartitioning.InvalidPrefix', message: cause.message };
  }
}

/** False where the group would be one too many. */
function addTo(
  groups: Map<string, ObjectGroup>,
  settings: SplitSettings,
  slice: Slice,
  oldestMs: number,
  newestMs: number,
  partitionKeys?: Readonly<Record<string, string>>,
): boolean {
  const keyed = partitionKeys === undefined ? {} : { partitionKeys };
  const key = settings.prefix.render({ arrivalMs: oldestMs, randomString: anyRandomString, ...keyed });
  let group = groups.get(key);
  if (group === undefined) {
    checkPrefix(key);
    if (partitionKeys !== undefined && groups.size >= maxActivePartitions) return false;
    group = { ...keyed, slices: [], rows: 0, oldestMs, newestMs };
    groups.set(key, group);
  }
  const last = group.slices.at(-1);
  if (last?.batch === slice.batch && last.to === slice.from)
    group.slices[group.slices.length - 1] = { ...last, to: slice.to };
  else group.slices.push(slice);
  group.rows += slice.to - slice.from;
  group.oldestMs = Math.min(group.oldestMs, oldestMs);
  group.newestMs = Math.max(group.newestMs, newestMs);
  return true;
}
