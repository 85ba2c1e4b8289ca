import type { Effects } from '../base/effects.ts';
import { isPlayheadError } from '../base/errors.ts';
import { acquireLease, type Lease } from '../commit/lease.ts';
import type { TopicState } from '../stream/stream.ts';
import type { DeliveryOptions, DeliverySubject, LanePorts } from './bound-delivery.ts';
import { LaneWriter } from './lane-writer.ts';
import { beginLanes, type Lane, presentLanes } from './lanes.ts';
import type { DeliveryCommit } from './plan.ts';

export interface HoldOptions extends DeliveryOptions {
  readonly onCommit: (commit: DeliveryCommit) => void;
  /** Leave plans without a commit as they are, for one who writes a loss in their place. */
  readonly abandon?: boolean;
  /** Begin a new epoch first: see `beginLanes`. */
  readonly fence?: boolean;
}

type Work = (writers: readonly LaneWriter[], topic: TopicState) => Promise<void>;

/**
 * Runs work as the one writer of the delivery's lanes: under their leases, each settled. Where another writer overtakes it (it
 * slept past its lease, say), it begins again from where the series stands: what was committed stays committed.
 */
export async function withLanes(
  subject: DeliverySubject,
  ports: LanePorts,
  options: HoldOptions,
  effects: Effects,
  work: Work,
): Promise<void> {
  for (;;) {
    const leases = new Map<number, Lease>();
    try {
      await holdLanes(subject, ports, options, effects, leases, work);
      return;
    } catch (cause) {
      if (!isPlayheadError(cause, 'PH_LEASE_LOST')) throw cause;
      effects.log.log('warn', cause.message, { delivery: subject.address });
    } finally {
      for (const lease of leases.values()) await lease.release();
    }
  }
}

async function holdLanes(
  subject: DeliverySubject,
  ports: LanePorts,
  options: HoldOptions,
  effects: Effects,
  leases: Map<number, Lease>,
  work: Work,
): Promise<void> {
  const { address, definition, stream } = subject;
  const { topic, partitions, retentionMs, cleanup } = stream;
  const state = await ports.stream.ensureTopic({ topic, partitions, retentionMs, cleanup });
  const present = await presentLanes(ports.lake, address, effects);
  // A loss is written in the epoch as it stands: its lanes could not be closed before.
  const count = options.abandon === true && present.length > 0 ? present.length : definition.lanes;
  const sameEpoch = present.length === count;
  const all = Array.from({ length: Math.max(count, present.length) }, (_, lane) => lane);
  const wanted = options.lane === undefined ? all.slice(0, count) : [options.lane];
  // A change of lanes concerns all of them, the old and the new; in the order of their numbers, so that two never wait for each other.
  for (const lane of sameEpoch ? wanted : all) leases.set(lane, await leaseOf(subject, ports, options, lane, effects));
  const writerOf = (lane: Lane): LaneWriter | undefined => {
    const lease = leases.get(lane.number);
    return lease && new LaneWriter(subject, ports, { lane, lease, topic: state }, options.onCommit, effects);
  };
  const settle = async (lane: Lane): Promise<void> => writerOf(lane)?.settle();
  const lanes = await beginLanes(ports.lake, address, count, state, settle, effects, options.fence);
  for (const [lane, lease] of leases) {
    if (wanted.includes(lane)) continue;
    leases.delete(lane);
    await lease.release();
  }
  const writers = lanes.map(writerOf).filter((writer) => writer !== undefined);
  for (const writer of writers) await writer.settle(options.abandon === true);
  await work(writers, state);
}

function leaseOf(
  subject: DeliverySubject,
  ports: LanePorts,
  options: HoldOptions,
  lane: number,
  effects: Effects,
): Promise<Lease> {
  const signal = options.signal ?? new AbortController().signal;
  return acquireLease(
    ports.lake,
    `${subject.address}.l${lane}`,
    {
      holder: `delivery ${subject.address}`,
      ...(options.leaseTtlMs === undefined ? {} : { ttlMs: options.leaseTtlMs }),
      ...(options.wait === false
        ? {}
        : { wait: { signal, ...(options.onHeld === undefined ? {} : { onHeld: options.onHeld }) } }),
    },
    effects,
  );
}
