import type { RecordType } from '../record/type.ts';
import type { ArrivalRuns } from '../table/arrivals.ts';
import type { PartitionRange } from './arrival-queue.ts';
import type { DeliveryDefinition } from './definition.ts';
import type { ErrorType } from './error-record.ts';
import type { FlushReason } from './window-planner.ts';

/** `[partition, from, until]`: positions as decimal strings, `until` exclusive. */
export type RangeJson = readonly [partition: number, from: string, until: string];

/** Positions by partition number, as decimal strings: where the next record to deliver stands. */
export type PositionsJson = Readonly<Record<string, string>>;

/**
 * Epochs of the log by partition number, in which what lies below a position was read: they tell a log that was cut below it
 * and filled again. Absent for partitions of which nothing was read.
 */
export type EpochsJson = Readonly<Record<string, number>>;

/** Where a delivery stands in its partitions. */
export interface Standing {
  readonly positions: PositionsJson;
  readonly epochs?: EpochsJson;
}

export interface PlannedFlush {
  readonly ranges: readonly RangeJson[];
  readonly reason: FlushReason;
}

/**
 * Plan n of a delivery's series: all that is needed to make its objects again, whatever became of the definition since.
 * Written as JSON; the first that exists is the truth.
 */
export interface DeliveryPlan {
  readonly format: 1;
  readonly delivery: string;
  readonly topic: string;
  /** Absent in plans from before topics had identities. */
  readonly topicId?: string;
  readonly epoch: number;
  readonly lane: number;
  readonly definition: DeliveryDefinition;
  /** The record type that Parquet is written by. */
  readonly record: RecordType;
  /** Seeds the random strings of object prefixes, and stands in object names. */
  readonly seed: number;
  /** Wall clock, ms: the attempt's end in error records. */
  readonly plannedAtMs: number;
  readonly flushes: readonly PlannedFlush[];
  readonly epochs?: EpochsJson;
}

type ObjectKind = 'data' | 'error' | 'backup';

/** An object that a commit names: these bytes, and no others, are delivered. */
export interface CommittedObject {
  readonly kind: ObjectKind;
  readonly key: string;
  readonly etag: string;
  readonly sha256?: string;
  readonly sizeBytes: number;
  /** Rows (lines, for JSON; error records, for errors). */
  readonly rows: number;
  /** Rows that erasures have taken out of it since: the account counts them where they were first. */
  readonly erased?: number;
  /** Before compression. */
  readonly rawBytes: number;
  readonly errorType?: ErrorType;
  /** Ordinal of its flush in the plan. */
  readonly flush: number;
  readonly arrivalMs: readonly [oldest: number, newest: number];
  /** Of data: which rows arrived when in that span. Absent where all arrived at once, or in no order. */
  readonly arrivals?: ArrivalRuns;
}

/** One line of the account, for the positions that this commit moves a partition over: `logged = delivered + errored + erased`. */
export interface AccountLine {
  readonly partition: number;
  readonly from: string;
  readonly until: string;
  /** Start of the arrival hour, ms since 1970 UTC. */
  readonly hourMs: number;
  readonly logged: number;
  readonly delivered: number;
  readonly errored: number;
  /** Had been erased before they were delivered; absent for none. */
  readonly erased?: number;
  /** Of `logged`: records that another program wrote into the log; absent for none. */
  readonly foreign?: number;
}

interface CommitBase extends Standing {
  readonly format: 1;
  readonly delivery: string;
  readonly committedAtMs: number;
  /** The log that the positions belong to; absent in commits from before topics had identities. */
  readonly topic?: string;
  readonly topicId?: string;
  /** Of every partition of the lane, after this commit: the consumer's position is the last commit, and is kept nowhere else. */
  readonly positions: PositionsJson;
}

export type DeliveryCommit =
  /** The lane's first: where it starts. */
  | (CommitBase & { readonly kind: 'open' })
  | (CommitBase & {
      readonly kind: 'flushes';
      readonly objects: readonly CommittedObject[];
      readonly account: readonly AccountLine[];
    })
  /**
   * Records that were gone from the log before they were delivered, acknowledged by an explicit command. Where the log itself
   * was another, the positions are those of the new one.
   */
  | (CommitBase & { readonly kind: 'loss'; readonly lost: readonly RangeJson[] })
  /** The epoch's last: the next epoch starts at its positions. */
  | (CommitBase & { readonly kind: 'close' });

/** The objects of a commit; only flushes have any. */
export function objectsIn(commit: DeliveryCommit): readonly CommittedObject[] {
  return commit.kind === 'flushes' ? commit.objects : [];
}

export function rangeToJson({ partition, from, until }: PartitionRange): RangeJson {
  return [partition, String(from), String(until)];
}

export function rangeFromJson([partition, from, until]: RangeJson): PartitionRange {
  return { partition, from: BigInt(from), until: BigInt(until) };
}

/** The positions after delivering `ranges`: from `positions` on. */
export function advanced(positions: PositionsJson, flushes: readonly PlannedFlush[]): PositionsJson {
  const after: Record<string, string> = { ...positions };
  for (const { ranges } of flushes) {
    for (const [partition, , until] of ranges) after[partition] = until;
  }
  return after;
}

/** What was written of epochs, by the last that says something of a partition; nothing where none does. */
export function laterEpochs(...written: readonly (EpochsJson | undefined)[]): { readonly epochs?: EpochsJson } {
  const epochs: EpochsJson = Object.assign({}, ...written);
  return Object.keys(epochs).length === 0 ? {} : { epochs };
}
