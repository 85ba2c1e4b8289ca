import type { Effects } from '../base/effects.ts';
import { isPlayheadError } from '../base/errors.ts';
import type { Lease } from '../commit/held-lease.ts';
import { type Holder, isSameHolder } from '../commit/holder.ts';
import type { LeaseSettings } from '../commit/lease.ts';
import type { TopicState } from '../stream/stream.ts';
import type { DeliveryOptions, DeliverySubject, LanePorts } from './bound-delivery.ts';
import { LaneWriter } from './lane-writer.ts';
import type { Lane } from './lanes.ts';
import type { DeliveryCommit } from './plan.ts';

/** Who takes lanes, and of what: all that leases and writers of lanes are made from. */
export interface LaneOwner {
  readonly subject: DeliverySubject;
  readonly ports: LanePorts;
  readonly options: DeliveryOptions & { readonly onCommit: (commit: DeliveryCommit) => void };
  readonly holder: Holder;
  readonly effects: Effects;
}

/** Name of a lane's lease, the same in every epoch. */
export function laneLease(delivery: string, lane: number): string {
  return `${delivery}.l${lane}`;
}

/** How a lane is taken. Who waits for it may ask for it, so that one who shares the delivery gives it up. */
export function leaseSettings({ holder, options }: LaneOwner, ask = false): LeaseSettings {
  const { signal = new AbortController().signal, wait = true, onHeld, leaseTtlMs } = options;
  return {
    holder,
    ...(leaseTtlMs === undefined ? {} : { ttlMs: leaseTtlMs }),
    ...(wait ? { wait: { signal, ask, ...(onHeld === undefined ? {} : { onHeld }) } } : {}),
  };
}

/** Tells of each holder once: a worker may be waited for at each of its lanes. */
export function tellingOnce(tell: (holder: Holder) => void): (holder: Holder) => void {
  const told: Holder[] = [];
  return (holder) => {
    if (told.some((each) => isSameHolder(each, holder))) return;
    told.push(holder);
    tell(holder);
  };
}

/** The topic as it stands, made where it is missing. */
export function topicNow({ subject, ports }: Pick<LaneOwner, 'subject' | 'ports'>): Promise<TopicState> {
  const { topic, partitions, retentionMs, cleanup } = subject.stream;
  return ports.stream.ensureTopic({ topic, partitions, retentionMs, cleanup });
}

/** The one writer of a lane, under its lease; to be settled first. */
export function laneWriter(owner: LaneOwner, lane: Lane, lease: Lease, topic: TopicState): LaneWriter {
  const { subject, ports, options, effects } = owner;
  return new LaneWriter(subject, ports, { lane, lease, topic }, options.onCommit, effects);
}

/**
 * Does work, and does it again where another writer overtook it (it slept past its lease, or another began the next epoch):
 * what was committed stays committed. `again` says that it is not the first time.
 */
export async function goingOn(owner: LaneOwner, work: (again: boolean) => Promise<void>): Promise<void> {
  for (let again = false; ; again = true) {
    try {
      await work(again);
      return;
    } catch (cause) {
      if (!isPlayheadError(cause, 'PH_LEASE_LOST')) throw cause;
      owner.effects.log.log('warn', cause.message, { delivery: owner.subject.address });
    }
  }
}
