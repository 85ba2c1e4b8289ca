import { PlayheadError } from '../base/errors.ts';
import type { Lease } from '../commit/held-lease.ts';
import { acquireLease } from '../commit/lease.ts';
import { type TakeLease, underLeases } from '../commit/under-leases.ts';
import type { TopicState } from '../stream/stream.ts';
import { goingOn, type LaneOwner, laneLease, laneWriter, leaseSettings, topicNow } from './lane-owner.ts';
import type { LaneWriter } from './lane-writer.ts';
import { beginLanes, isHalfClosed, type Lane, openLanes, presentLanes } from './lanes.ts';

/** What all lanes are held for. */
interface HoldSettings {
  /** Leave plans without a commit as they are, for one who writes a loss in their place. */
  readonly abandon?: boolean;
  /** Begin a new epoch first: see `beginLanes`. */
  readonly fence?: boolean;
}

/**
 * The lanes to work on, so many as `count`, or as there are where it is left out. Where that is another number than before, the
 * next epoch begins here; `again`: also where whoever began to close this one died over it.
 */
export async function readyLanes(
  owner: LaneOwner,
  count: number | undefined,
  again: boolean,
): Promise<readonly Lane[]> {
  const { subject, ports, effects } = owner;
  const topic = await topicNow(owner);
  const present = await presentLanes(ports.lake, subject.address, effects);
  const isOver = present.length === 0 || (again && (await isHalfClosed(present)));
  if (!isOver && (count ?? present.length) === present.length)
    return openLanes(ports.lake, subject.address, present, topic, effects);
  const wanted = count ?? subject.definition.lanes;
  return underLaneLeases(owner, Math.max(wanted, present.length), (leases) =>
    nextLanes(owner, wanted, topic, leases, { again }),
  );
}

/**
 * Works as the one writer of all lanes, each settled. Who shares the delivery gives them up meanwhile; another is waited for, or
 * refuses it with PH_LEASE_HELD.
 */
export function withAllLanes(
  owner: LaneOwner,
  settings: HoldSettings,
  work: (writers: readonly LaneWriter[]) => Promise<void>,
): Promise<void> {
  const { subject, ports, effects } = owner;
  return goingOn(owner, async (again) => {
    const topic = await topicNow(owner);
    const present = await presentLanes(ports.lake, subject.address, effects);
    // A loss is written in the epoch as it stands: its lanes could not be closed before.
    const count = settings.abandon === true && present.length > 0 ? present.length : subject.definition.lanes;
    await underLaneLeases(owner, Math.max(count, present.length), async (leases) => {
      const lanes = await nextLanes(owner, count, topic, leases, { ...settings, again });
      const writers = lanes.map((lane) => laneWriter(owner, lane, leaseAt(leases, lane), topic));
      for (const writer of writers) await writer.settle(settings.abandon);
      await work(writers);
    });
  });
}

/** Begins the next epoch where the present one has another number of lanes, is over, or is to be fenced off. */
async function nextLanes(
  owner: LaneOwner,
  count: number,
  topic: TopicState,
  leases: readonly Lease[],
  { abandon, fence, again }: HoldSettings & { readonly again: boolean },
): Promise<readonly Lane[]> {
  const { subject, ports, effects } = owner;
  const settle = (lane: Lane): Promise<void> => laneWriter(owner, lane, leaseAt(leases, lane), topic).settle(abandon);
  const anew =
    fence === true || (again && (await isHalfClosed(await presentLanes(ports.lake, subject.address, effects))));
  return beginLanes(ports.lake, subject.address, count, topic, settle, effects, anew);
}

function underLaneLeases<T>(
  owner: LaneOwner,
  count: number,
  work: (leases: readonly Lease[]) => Promise<T>,
): Promise<T> {
  const { subject, ports, effects } = owner;
  const wanted = Array.from(
    { length: count },
    (_, lane): TakeLease =>
      (meanwhile) => {
        const settings = { ...leaseSettings(owner, true), meanwhile };
        return acquireLease(ports.lake, laneLease(subject.address, lane), settings, effects);
      },
  );
  return underLeases(wanted, work);
}

/** Its absence means that another epoch began, with more lanes, before the leases of this one were ours. */
function leaseAt(leases: readonly Lease[], { number, series }: Lane): Lease {
  const lease = leases[number];
  if (lease !== undefined) return lease;
  throw new PlayheadError('PH_LEASE_LOST', `another process began the epoch of ${series.name} meanwhile`, {
    hint: 'nothing is lost: begin again, it goes on in that epoch',
  });
}
