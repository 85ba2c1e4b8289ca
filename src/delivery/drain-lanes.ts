import type { Lease } from '../commit/held-lease.ts';
import { acquireLease, defaultTtlMs } from '../commit/lease.ts';
import { LeaseWatch } from '../commit/lease-watch.ts';
import { drainLane } from './drain.ts';
import { readyLanes } from './hold-lanes.ts';
import { goingOn, type LaneOwner, laneLease, laneWriter, leaseSettings, topicNow } from './lane-owner.ts';
import type { Lane } from './lanes.ts';

/**
 * Delivers what the topic holds now, one lane after the other, each under its lease. Processes that do so at once share the
 * work: each takes what is free, and in the end what it had to wait for, in which little is left then.
 */
export function drainLanes(owner: LaneOwner): Promise<void> {
  const { subject, ports, options, effects } = owner;
  return goingOn(owner, async (again) => {
    const topic = await topicNow(owner);
    const lanes = await readyLanes(owner, subject.definition.lanes, again);
    let left = lanes.filter(({ number }) => options.lane === undefined || options.lane === number);
    for (let [lane] = left; lane !== undefined; [lane] = left) {
      const free = await takeFree(owner, left);
      lane = free?.lane ?? lane;
      const lease =
        free?.lease ??
        (await acquireLease(ports.lake, laneLease(subject.address, lane.number), leaseSettings(owner), effects));
      try {
        const writer = laneWriter(owner, lane, lease, topic);
        await writer.settle();
        await drainLane(writer, subject, ports, topic, options.signal);
      } finally {
        await lease.release();
      }
      left = left.filter((each) => each !== lane);
    }
  });
}

/** Undefined where all are held by others. */
async function takeFree(
  owner: LaneOwner,
  lanes: readonly Lane[],
): Promise<{ readonly lane: Lane; readonly lease: Lease } | undefined> {
  const { subject, ports, holder, options, effects } = owner;
  for (const lane of lanes) {
    const watch = new LeaseWatch(ports.lake, laneLease(subject.address, lane.number), holder, effects);
    if (!(await watch.look()).free) continue;
    const lease = await watch.take(options.leaseTtlMs ?? defaultTtlMs);
    if (lease !== undefined) return { lane, lease };
  }
  return undefined;
}
