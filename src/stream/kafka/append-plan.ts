import { PlayheadError } from '../../base/errors.ts';
import type { ProducedBatch } from '../../record/batch.ts';
import { BatchBuilder } from '../../record/batch-builder.ts';
import type { AppendUnit, UnitAnswer } from '../append-queue.ts';
import type { ErasedIds } from '../erased-ids.ts';
import { countByHour, type HourCounts } from '../hour-counts.ts';
import { clip, gapsBetween, runsWithin, type SequenceRun, withRun } from '../sequence-runs.ts';
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
import { unitAnswer } from './unit-answers.ts';
import { type BatchSettings, type DividedUnit, divideUnit, freshArrivals, unitBatches } from './unit-batches.ts';

export interface PlanSettings extends BatchSettings {
  readonly topic: string;
  readonly topicId: string;
}

/** What is known of a source before an append. */
export interface KnownSource {
  readonly state: SourceState | undefined;
  readonly countsOf: (hour: number) => HourCounts | undefined;
}

/** An append worked out: what to send, and what its requests are answered once it is committed. */
export interface AppendPlan {
  readonly sends: readonly PartitionSend[];
  /** Of the source, once this is committed. */
  readonly state: SourceState;
  /** What the hours that it adds to come to with it. */
  readonly hours: ReadonlyMap<number, HourCounts>;
  /** By the offset of each batch's first record, send by send. */
  answers(offsets: readonly (readonly bigint[])[]): readonly UnitAnswer[];
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
  const divided: DividedUnit[] = [];
  const hours = new Map<number, HourCounts>();
  let runs = known.state?.runs ?? [];
  let lastArrivalMs = known.state?.lastArrivalMs ?? Number.NEGATIVE_INFINITY;
  for (const unit of units) {
    const { batch, firstSequence } = unit;
    const span = { first: firstSequence, last: firstSequence + BigInt(batch.count) - 1n };
    if (span.first < (known.state?.forgotten?.below ?? 0n)) throw isForgotten(source, span, known.state?.forgotten);
    const resent = clip(runsWithin(runs, span), span);
    for (const run of gapsBetween(resent, span)) runs = withRun(runs, run);
    const own = divideUnit(unit, resent, ids?.erasedIn(batch), settings.partitions);
    divided.push(own);
    const arrivals = freshArrivals(own);
    for (const line of countByHour(batch.arrivalMs, [arrivals], resent, firstSequence))
      hours.set(line.hour, sum(hours.get(line.hour) ?? known.countsOf(line.hour), line));
    for (const arrivalMs of arrivals) lastArrivalMs = Math.max(lastArrivalMs, arrivalMs);
  }
  const bounded = withFewRuns({ ...known.state, runs });
  const state = { ...bounded, commit, lastArrivalMs, lastAppendedMs: nowMs };
  const index = indexBatch(indexRecords(settings.topicId, source, state, hours.values()), nowMs);
  const indexed = { topic: indexTopic(settings.topic), partition: 0, batches: [await sealed(index, settings)] };
  return { ...(await planSends(divided, settings, indexed)), state, hours };
}

/** The units' batches by partition, the index behind them. */
async function planSends(
  divided: readonly DividedUnit[],
  settings: PlanSettings,
  indexed: PartitionSend,
): Promise<Pick<AppendPlan, 'sends' | 'answers'>> {
  const batches = (await Promise.all(divided.map((unit) => unitBatches(unit, settings)))).flatMap((own, unit) =>
    own.map((batch) => ({ ...batch, unit })),
  );
  const shares = [...Map.groupBy(batches, ({ partition }) => partition)].sort(([a], [b]) => a - b);
  const sends = shares.map(([partition, own]) => ({
    topic: settings.topic,
    partition,
    batches: own.map(({ encoded }) => encoded),
  }));
  const places = shares.map(([, own]) => own.map(({ unit, indices }) => ({ unit, indices })));
  return {
    sends: [...sends, indexed],
    answers: (offsets) => {
      const placed = places.flatMap((own, send) =>
        own.map((place, round) => ({ ...place, offset: offsets[send]?.[round] ?? -1n })),
      );
      const byUnit = Map.groupBy(placed, ({ unit }) => unit);
      return divided.map((unit, at) => unitAnswer(unit, byUnit.get(at) ?? []));
    },
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
