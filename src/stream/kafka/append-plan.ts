import { PlayheadError } from '../../base/errors.ts';
import { bitAt, type ProducedBatch } from '../../record/batch.ts';
import { BatchBuilder } from '../../record/batch-builder.ts';
import { orderByPartition, skipRecord } from '../../record/batch-partition.ts';
import type { AppendUnit, UnitAnswer } from '../append-queue.ts';
import type { ErasedIds } from '../erased-ids.ts';
import { countByHour, type HourCounts } from '../hour-counts.ts';
import { assignPartitions } from '../partitioner.ts';
import { clip, countWithin, gapsBetween, runsWithin, type SequenceRun, withRun } from '../sequence-runs.ts';
import type { Codec } from './compression.ts';
import { type EncodedRecords, type EncodedSource, encodeRecords } from './encode-batch.ts';
import {
  type ForgottenRuns,
  indexRecords,
  indexTopic,
  mostRuns,
  type SourceState,
  withFewRuns,
} from './source-index.ts';
import type { PartitionSend } from './transactional-producer.ts';

export interface PlanSettings {
  readonly topic: string;
  readonly topicId: string;
  readonly partitions: number;
  /** Bytes of a batch's records before they are compressed. */
  readonly batchBytes: number;
  readonly codec: Codec;
}

/** What is known of a source before an append. */
export interface KnownSource {
  readonly state: SourceState | undefined;
  readonly hours: ReadonlyMap<number, HourCounts>;
}

/** An append worked out: what to send, and what its requests are answered once it is committed. */
export interface AppendPlan {
  readonly sends: readonly PartitionSend[];
  /** Of its transaction. */
  readonly commit: string;
  /** By the offset of each batch's first record, send by send. */
  answers(offsets: readonly (readonly bigint[])[]): readonly UnitAnswer[];
}

/** Which records of which unit a batch holds. */
interface BatchPlace {
  readonly unit: number;
  readonly indices: Uint32Array;
}

interface Share {
  readonly batches: Promise<EncodedRecords>[];
  readonly places: BatchPlace[];
}

interface DividedUnit {
  readonly resent: readonly SequenceRun[];
  readonly erased: Uint8Array | undefined;
  readonly partitions: Uint16Array;
}

/**
 * Works out what units of one source add: sequences that the log knows are left out, records about somebody who was erased
 * keep their places alone, and the index learns of both in the same transaction.
 */
export async function planAppend(
  units: readonly AppendUnit[],
  known: KnownSource,
  ids: ErasedIds | undefined,
  settings: PlanSettings,
  commit: string,
  nowMs: number,
): Promise<AppendPlan> {
  const source = units[0]?.source ?? '';
  const shares = new Map<number, Share>();
  const divided: DividedUnit[] = [];
  const hours = new Map<number, HourCounts>();
  let runs = known.state?.runs ?? [];
  let lastArrivalMs = known.state?.lastArrivalMs ?? Number.NEGATIVE_INFINITY;
  for (const [at, { batch, firstSequence }] of units.entries()) {
    const span = { first: firstSequence, last: firstSequence + BigInt(batch.count) - 1n };
    if (span.first < (known.state?.forgotten?.below ?? 0n)) throw isForgotten(source, span, known.state?.forgotten);
    const resent = clip(runsWithin(runs, span), span);
    for (const run of gapsBetween(resent, span)) runs = withRun(runs, run);
    const erased = ids?.erasedIn(batch);
    const encoded = { batch, firstSequence, source: Buffer.from(source), erased };
    const unit = divide(encoded, at, resent, shares, settings);
    divided.push({ ...unit, resent, erased });
    for (const line of countByHour(batch.arrivalMs, [unit.freshArrivals], resent, firstSequence))
      hours.set(line.hour, sum(hours.get(line.hour) ?? known.hours.get(line.hour), line));
    for (const arrivalMs of unit.freshArrivals) lastArrivalMs = Math.max(lastArrivalMs, arrivalMs);
  }
  const bounded = withFewRuns({ ...known.state, runs });
  const state = { ...bounded, commit, lastArrivalMs, lastAppendedMs: nowMs };
  const index = indexBatch(indexRecords(settings.topicId, source, state, hours.values()), nowMs);
  const ordered = [...shares].sort(([a], [b]) => a - b);
  const sends = ordered.map(async ([partition, { batches }]) => ({
    topic: settings.topic,
    partition,
    batches: await Promise.all(batches),
  }));
  const indexed = { topic: indexTopic(settings.topic), partition: 0, batches: [await sealed(index, settings)] };
  return {
    sends: [...(await Promise.all(sends)), indexed],
    commit,
    answers: (offsets) => answersOf(units, divided, ordered, offsets),
  };
}

/** PH_SOURCE_SEQUENCE_GAP: whether the log has these sequences is not known any more, so that they are neither taken nor acknowledged. */
function isForgotten(source: string, { first }: SequenceRun, forgotten: ForgottenRuns | undefined): PlayheadError {
  const message = `source ${source} sends from sequence ${first}, and has left so many gaps that what the log has below ${forgotten?.below} is not known`;
  return new PlayheadError('PH_SOURCE_SEQUENCE_GAP', message, {
    hint: `the newest ${mostRuns} stretches without a gap are kept: go on from the last sequence that the log has, or take another name for the source`,
    details: { source, first: String(first), below: String(forgotten?.below) },
  });
}

/** Encodes a unit's new records into the batches of their partitions. */
function divide(
  encoded: EncodedSource,
  unit: number,
  resent: readonly SequenceRun[],
  shares: Map<number, Share>,
  { partitions, batchBytes, codec }: PlanSettings,
): { readonly partitions: Uint16Array; readonly freshArrivals: Float64Array } {
  const { batch, firstSequence } = encoded;
  const assignment = assignPartitions(batch, firstSequence, partitions);
  const fresh = resent.length === 0 ? assignment : assignment.slice();
  for (const { first, last } of resent)
    fresh.fill(skipRecord, Number(first - firstSequence), Number(last - firstSequence) + 1);
  const { order, starts } = orderByPartition(fresh, partitions);
  for (let partition = 0; partition < partitions; partition += 1) {
    const own = order.subarray(starts[partition], starts[partition + 1]);
    for (let start = 0; start < own.length; ) {
      const { records, count } = encodeRecords(encoded, own, start, batchBytes);
      const share = shares.get(partition) ?? { batches: [], places: [] };
      shares.set(partition, share);
      share.batches.push(codec.compress(records).then((compressed) => ({ records: compressed, count })));
      share.places.push({ unit, indices: own.subarray(start, start + count) });
      start += count;
    }
  }
  const freshArrivals = new Float64Array(order.length);
  for (let i = 0; i < order.length; i += 1) freshArrivals[i] = batch.arrivalMs[order[i] ?? 0] ?? 0;
  return { partitions: assignment, freshArrivals };
}

function sum(before: HourCounts | undefined, line: HourCounts): HourCounts {
  if (before === undefined) return line;
  return {
    hour: line.hour,
    sent: before.sent + line.sent,
    logged: before.logged + line.logged,
    resent: before.resent + line.resent,
  };
}

function indexBatch(records: ReturnType<typeof indexRecords>, nowMs: number): ProducedBatch {
  const builder = new BatchBuilder({ lineFramed: false, checkedObjects: true, keyed: true });
  for (const { key, value } of records) builder.add(Buffer.from(value), nowMs, Buffer.from(key));
  return builder.take();
}

async function sealed(batch: ProducedBatch, { codec }: PlanSettings): Promise<EncodedRecords> {
  const from: EncodedSource = { batch, firstSequence: 0n, source: Buffer.alloc(0), erased: undefined };
  const all = Uint32Array.from({ length: batch.count }, (_, i) => i);
  const whole = 64 * batch.count + batch.values.length + (batch.keys?.length ?? 0);
  const { records, count } = encodeRecords(from, all, 0, whole);
  return { records: await codec.compress(records), count };
}

function answersOf(
  units: readonly AppendUnit[],
  divided: readonly DividedUnit[],
  shares: readonly (readonly [number, Share])[],
  offsets: readonly (readonly bigint[])[],
): readonly UnitAnswer[] {
  const positions = units.map(({ batch }) => new BigInt64Array(batch.count).fill(-1n));
  for (const [at, [, { places }]] of shares.entries())
    for (const [round, { unit, indices }] of places.entries()) {
      let offset = offsets[at]?.[round] ?? -1n;
      const own = positions[unit];
      if (own === undefined) continue;
      for (const index of indices) {
        own[index] = offset;
        offset += 1n;
      }
    }
  return units.map(({ firstSequence }, at) => {
    const { resent = [], erased, partitions = new Uint16Array() } = divided[at] ?? {};
    const own = positions[at] ?? new BigInt64Array();
    return {
      partitions,
      positions: own,
      resentWithin: (from, to) => countWithin(resent, firstSequence, from, to),
      erasedWithin: (from, to) => {
        let count = 0;
        if (erased !== undefined)
          for (let record = from; record < to; record += 1)
            if (bitAt(erased, record) && own[record] !== -1n) count += 1;
        return count;
      },
    };
  });
}
