import { availableParallelism } from 'node:os';
import type { Effects } from '../base/effects.ts';
import { isPlayheadError, PlayheadError } from '../base/errors.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { Stream } from '../stream/stream.ts';
import { DeliveryAccount } from './account.ts';
import { deliverFlush } from './deliver-flush.ts';
import type { Lane } from './lanes.ts';
import type { MadeWindow } from './make-ahead.ts';
import { makeFlush } from './make-flush.ts';
import type { ParquetKernel } from './parquet-kernel.ts';
import {
  advanced,
  type DeliveryCommit,
  type DeliveryPlan,
  type EpochsJson,
  laterEpochs,
  type PositionsJson,
  rangeFromJson,
} from './plan.ts';
import { planTools } from './plan-tools.ts';
import type { Attempt } from './put-object.ts';
import { readRanges } from './read-range.ts';
import { sideBySide } from './side-by-side.ts';
import type { Window } from './window-planner.ts';

export interface CommitPorts {
  readonly stream: Stream;
  readonly lake: ObjectStore;
  readonly kernel: ParquetKernel;
}

/** A flush that was read for its plan: its records, and what is being made of them already. */
export type ReadFlush = Pick<Window, 'slices'> & Partial<MadeWindow>;

/** A plan to carry out, and from which positions. `flushes`: its own, where they are still in memory. */
export interface PlannedWork {
  readonly lane: Lane;
  readonly number: number;
  readonly plan: DeliveryPlan;
  readonly positions: PositionsJson;
  readonly epochs?: EpochsJson | undefined;
  readonly flushes?: readonly ReadFlush[];
  /** Extends the lease; throws PH_LEASE_LOST. */
  renew(): Promise<void>;
}

type FlushCommit = Extract<DeliveryCommit, { kind: 'flushes' }>;

/** After this long, by the monotonic clock, an attempt may be racing a sweep of its orphans: it gives up, and is begun again. */
const attemptLimitMs = 600_000;

/** Flushes that are packed at once: enough to keep every core busy while others are being put. */
export const flushesAtOnce = availableParallelism() + 1;

/**
 * Makes a plan's objects and its commit, or adopts the commit that another writer made. Safe to repeat at any point: names
 * and records follow from the plan, and every write is conditional.
 * Throws PH_LEASE_LOST where another writer overtook this one (begin again from the series' head), PH_DELIVERY_GAP,
 * PH_DOES_NOT_ADD_UP, PH_STORAGE_*.
 */
export async function commitPlan(work: PlannedWork, ports: CommitPorts, effects: Effects): Promise<DeliveryCommit> {
  const { lane, number, plan } = work;
  checkFollows(work);
  const account = new DeliveryAccount();
  const shared = {
    plan,
    number,
    tools: planTools(plan, ports.kernel),
    account,
    attempt: attemptOf(work, effects),
    lake: ports.lake,
    effects,
  };
  const objects = await sideBySide(plan.flushes, flushesAtOnce, async (flush, ordinal) => {
    const ranges = flush.ranges.map(rangeFromJson);
    const read = work.flushes?.[ordinal];
    const slices = read?.slices ?? (await readRanges(ports.stream, plan.topic, ranges));
    account.logged(ranges, slices);
    await using made = await (read?.made ?? makeFlush(slices, shared.tools));
    // Awaited here: its bodies are let go of with this function.
    return await deliverFlush(shared, ordinal, slices, made);
  });
  const made: FlushCommit = {
    format: 1,
    kind: 'flushes',
    delivery: plan.delivery,
    committedAtMs: effects.clock.now(),
    topic: plan.topic,
    ...(plan.topicId === undefined ? {} : { topicId: plan.topicId }),
    positions: advanced(work.positions, plan.flushes),
    ...laterEpochs(work.epochs, plan.epochs),
    objects: objects.flat(),
    account: account.lines(),
  };
  await work.renew();
  await effects.reached('delivery.committing');
  const { commit } = await commitOrLose(lane, number, made);
  await effects.reached('delivery.committed');
  return commit;
}

/**
 * PH_DOES_NOT_ADD_UP, before anything is put, where a partition's ranges don't begin at its position or leave something out:
 * the commit would move over records that no account counts.
 */
function checkFollows({ lane, number, plan, positions }: PlannedWork): void {
  const reached = new Map<number, bigint>();
  for (const { partition, from, until } of plan.flushes.flatMap(({ ranges }) => ranges.map(rangeFromJson))) {
    const expected = reached.get(partition) ?? BigInt(positions[partition] ?? 0);
    if (from !== expected || until < from) {
      const message = `plan ${number} of ${lane.series.name}: partition ${partition} stands at ${expected}, a flush has ${from} to ${until}`;
      const details = { partition, expected: String(expected), from: String(from), until: String(until) };
      throw new PlayheadError('PH_DOES_NOT_ADD_UP', message, { details });
    }
    reached.set(partition, until);
  }
}

/** A series that was closed meanwhile belongs to an epoch that is over: like a lost lease, a reason to begin again. */
async function commitOrLose(lane: Lane, number: number, made: FlushCommit): Promise<{ commit: DeliveryCommit }> {
  try {
    return await lane.series.commit(number, made);
  } catch (cause) {
    if (!isPlayheadError(cause, 'PH_COMMIT_CONFLICT')) throw cause;
    throw overtaken(lane, number, cause);
  }
}

function attemptOf({ lane, number, renew }: PlannedWork, effects: Effects): Attempt {
  const startMs = effects.clock.monotonicMs();
  return {
    mayPut: async () => {
      if (effects.clock.monotonicMs() - startMs > attemptLimitMs) {
        const message = `the attempt at plan ${number} of ${lane.series.name} took longer than ${attemptLimitMs / 60_000} minutes`;
        throw new PlayheadError('PH_LEASE_LOST', message, { hint: 'nothing is lost: it goes on from the same plan' });
      }
      await renew();
      if ((await lane.series.read(number)) !== undefined) throw overtaken(lane, number);
      await effects.reached('delivery.putting');
    },
  };
}

function overtaken(lane: Lane, number: number, cause?: unknown): PlayheadError {
  return new PlayheadError('PH_LEASE_LOST', `another writer has committed plan ${number} of ${lane.series.name}`, {
    hint: 'nothing is lost: this delivery goes on from that commit',
    ...(cause === undefined ? {} : { cause }),
  });
}
