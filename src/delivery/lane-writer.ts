import { isDeepStrictEqual } from 'node:util';
import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { Lease } from '../commit/held-lease.ts';
import type { PartitionState, TopicState } from '../stream/stream.ts';
import type { PartitionRange } from './arrival-queue.ts';
import { type DeliverySubject, type LanePorts, recordOf } from './bound-delivery.ts';
import { commitPlan, type ReadFlush } from './commit-plan.ts';
import { deliveryContributor } from './contributors.ts';
import { type Lane, laneOf } from './lanes.ts';
import { checkUncut, cutSince, givenUp } from './log-cut.ts';
import { checkSameLog, endsBefore, isOfOtherLog, lostAtStart } from './log-gap.ts';
import { discard, type MadeWindow } from './make-ahead.ts';
import {
  advanced,
  type DeliveryCommit,
  type DeliveryPlan,
  type EpochsJson,
  laterEpochs,
  type PositionsJson,
  rangeToJson,
  type Standing,
} from './plan.ts';
import { erroredContributor } from './quarantine.ts';
import { registerLane } from './register-lanes.ts';
import type { Window } from './window-planner.ts';

/**
 * The one writer of a lane, under its lease: settles what a writer before it left, then plans and commits. After each step
 * the series alone says where it stands; what is kept here only spares reading it again.
 */
export class LaneWriter {
  readonly lane: Lane;
  readonly #subject: DeliverySubject;
  readonly #ports: LanePorts;
  readonly #effects: Effects;
  readonly #lease: Lease;
  readonly #topic: TopicState;
  readonly #onCommit: (commit: DeliveryCommit) => void;
  #next = 0;
  #positions: PositionsJson = {};
  #epochs: EpochsJson | undefined;
  /** What was written last belongs to another log than the topic: its positions say nothing about this one. */
  #otherLog = false;

  constructor(
    subject: DeliverySubject,
    ports: LanePorts,
    held: { readonly lane: Lane; readonly lease: Lease; readonly topic: TopicState },
    onCommit: (commit: DeliveryCommit) => void,
    effects: Effects,
  ) {
    this.#subject = subject;
    this.#ports = ports;
    this.lane = held.lane;
    this.#lease = held.lease;
    this.#topic = held.topic;
    this.#onCommit = onCommit;
    this.#effects = effects;
  }

  /**
   * Reads the head, redoes the plan that has no commit yet (unless it is to be abandoned, for one who writes a loss in its
   * place), and registers what the catalog has not seen. PH_DELIVERY_GAP where the last commit or that plan is of another log,
   * or of one that was cut since.
   */
  async settle(abandon = false): Promise<void> {
    const { next, last, pendingPlan } = await this.lane.series.head();
    this.#next = next;
    this.#positions = last?.positions ?? {};
    this.#epochs = last?.epochs;
    if (last?.kind === 'close') throw epochIsOver(this.lane);
    this.#otherLog = [last, pendingPlan].some((written) => isOfOtherLog(written, this.#topic));
    if (!abandon) {
      for (const written of [last, pendingPlan]) checkSameLog(this.#subject.address, written, this.#topic);
      await checkUncut(this.#subject, this.#ports.stream, this.#standing());
      if (pendingPlan !== undefined)
        await checkUncut(this.#subject, this.#ports.stream, {
          positions: advanced({}, pendingPlan.flushes),
          ...laterEpochs(pendingPlan.epochs),
        });
    }
    if (pendingPlan !== undefined && !abandon) await this.#carryOut(pendingPlan);
    else await this.#register();
  }

  /**
   * From where to where this lane can deliver now. PH_DELIVERY_GAP where the log no longer holds where it must begin, ends
   * before it, or is another.
   */
  async ranges(topic: TopicState): Promise<PartitionRange[]> {
    checkSameLog(this.#subject.address, { topic: this.#topic.topic, topicId: this.#topic.id }, topic);
    let ranges = this.#rangesIn(topic);
    const gaps = ranges.filter(({ from, start }) => from < start);
    if (gaps.length > 0) throw lostAtStart(this.#subject, gaps);
    const isPast = ({ from, until }: PartitionRange): boolean => from > until;
    // Ends from before another writer delivered what came since say nothing: only those of now do.
    if (ranges.some(isPast)) ranges = this.#rangesIn(await this.#topicNow());
    const past = ranges.find(isPast);
    if (past !== undefined) throw endsBefore(this.#subject, past);
    return ranges.map(({ partition, from, until }) => ({ partition, from, until, epoch: this.#epochs?.[partition] }));
  }

  #rangesIn(topic: TopicState): (PartitionRange & { readonly start: bigint })[] {
    return this.#own(topic).map(({ partition, start, end }) => {
      return { partition, start, from: this.position(partition), until: end };
    });
  }

  /** Where the next record of a partition stands. A partition that the topic grew since begins at its first record. */
  position(partition: number): bigint {
    return BigInt(this.#positions[partition] ?? 0);
  }

  /**
   * Plans and commits these windows. False where another writer's plan or commit was there first: the next windows then no
   * longer begin where the lane stands. What was made of the windows is let go of, whatever came of them.
   */
  async deliver(windows: readonly (Window & Partial<MadeWindow>)[]): Promise<boolean> {
    try {
      return await this.#deliver(windows);
    } finally {
      await discard(windows);
    }
  }

  async #deliver(windows: readonly (Window & Partial<MadeWindow>)[]): Promise<boolean> {
    const made = this.#planOf(windows);
    const after = advanced(this.#positions, made.flushes);
    await this.#effects.reached('delivery.planning');
    await this.renew();
    const { plan, adopted } = await this.lane.series.plan(this.#next, made);
    await this.#effects.reached('delivery.planned');
    const commit = await this.#carryOut(plan, adopted ? undefined : windows);
    return !adopted && commit.kind === 'flushes' && isDeepStrictEqual(commit.positions, after);
  }

  /**
   * Gives up what lies below the log's start. Where the log is another than the commits are of, ends before the positions, or
   * was cut below them, it goes on at what the log holds: at its start, at its end, or where it was cut.
   */
  async writeLoss(): Promise<DeliveryCommit | undefined> {
    const before = this.#otherLog ? { positions: {} } : this.#standing();
    // By ends from before the lease was taken, what another writer delivered since would be lost.
    const topic = await this.#topicNow();
    const cuts = await cutSince(this.#ports.stream, topic.topic, before);
    const { ranges, standing } = givenUp(this.#own(topic), before, cuts);
    const isSame = cuts.length === 0 && ranges.every(({ from, until }) => from === until);
    if (isSame && !this.#otherLog) return undefined;
    const { commit } = await this.lane.series.commit(this.#next, {
      format: 1,
      kind: 'loss',
      delivery: this.#subject.address,
      committedAtMs: this.#effects.clock.now(),
      topic: this.#topic.topic,
      topicId: this.#topic.id,
      ...standing,
      lost: ranges.filter(({ from, until }) => from < until).map(rangeToJson),
    });
    await this.settle();
    return commit;
  }

  renew(): Promise<void> {
    return this.#lease.renew();
  }

  async #carryOut(plan: DeliveryPlan, flushes?: readonly ReadFlush[]): Promise<DeliveryCommit> {
    const commit = await commitPlan(
      {
        lane: this.lane,
        number: this.#next,
        plan,
        positions: this.#positions,
        epochs: this.#epochs,
        ...(flushes === undefined ? {} : { flushes }),
        renew: () => this.renew(),
      },
      this.#ports,
      this.#effects,
    );
    if (commit.kind === 'close') throw epochIsOver(this.lane);
    this.#next += 1;
    this.#positions = commit.positions;
    this.#epochs = commit.epochs;
    await this.#register();
    this.#onCommit(commit);
    return commit;
  }

  #standing(): Standing {
    return { positions: this.#positions, ...laterEpochs(this.#epochs) };
  }

  #topicNow(): Promise<TopicState> {
    const { topic, partitions, retentionMs, cleanup } = this.#subject.stream;
    return this.#ports.stream.ensureTopic({ topic, partitions, retentionMs, cleanup });
  }

  #own(topic: TopicState): readonly PartitionState[] {
    return topic.state.filter(({ partition }) => laneOf(partition, this.lane.lanes) === this.lane.number);
  }

  async #register(): Promise<void> {
    const { table } = this.#subject;
    if (table === undefined) return;
    for (const contributorOf of [deliveryContributor, erroredContributor])
      await registerLane(
        this.#subject.address,
        this.lane,
        (series) => contributorOf(series, table),
        this.#ports,
        this.#effects,
      );
    await this.#effects.reached('delivery.registered');
  }

  #planOf(windows: readonly Window[]): DeliveryPlan {
    const { address, definition, stream } = this.#subject;
    return {
      format: 1,
      delivery: address,
      topic: stream.topic,
      topicId: this.#topic.id,
      epoch: this.lane.epoch,
      lane: this.lane.number,
      definition,
      record: recordOf(this.#subject),
      seed: this.#effects.random.uint32(),
      plannedAtMs: this.#effects.clock.now(),
      flushes: windows.map(({ ranges, reason }) => ({ ranges: ranges.map(rangeToJson), reason })),
      ...laterEpochs(...windows.flatMap(({ ranges }) => ranges.map(epochOf))),
    };
  }
}

function epochOf({ partition, epoch }: PartitionRange): EpochsJson {
  return epoch === undefined ? {} : { [partition]: epoch };
}

function epochIsOver(lane: Lane): PlayheadError {
  return new PlayheadError(
    'PH_LEASE_LOST',
    `epoch ${lane.epoch} of ${lane.series.name} was closed by another process`,
    {
      hint: 'nothing is lost: begin again, it goes on in the next epoch',
    },
  );
}
