import { defaultTtlMs } from '../commit/lease.ts';
import { drainLane } from './drain.ts';
import { readyLanes } from './hold-lanes.ts';
import { goingOn, type LaneOwner, laneWriter, topicNow } from './lane-owner.ts';
import { LaneShare, type LaneWork } from './lane-share.ts';
import { runLane } from './live.ts';

/**
 * Delivers as records come, until the signal aborts, as one of the workers that share the lanes. Whoever starts decides how many
 * lanes there are; whoever runs follows, so that two definitions don't change them in turns.
 */
export function runLanes(owner: LaneOwner, signal: AbortSignal): Promise<void> {
  const { subject, ports, effects } = owner;
  const ttlMs = owner.options.leaseTtlMs ?? defaultTtlMs;
  const work: LaneWork = async (lane, lease, ended) => {
    const topic = await topicNow(owner);
    const writer = laneWriter(owner, lane, lease, topic);
    await writer.settle();
    await drainLane(writer, subject, ports, topic, ended);
    await runLane(writer, subject, ports, { signal: ended, renewEveryMs: ttlMs / 6 }, effects);
  };
  let count: number | undefined = subject.definition.lanes;
  return goingOn(owner, async (again) => {
    for (let later = again; !signal.aborted; later = true) {
      const lanes = await readyLanes(owner, count, later);
      count = undefined;
      await new LaneShare(owner, lanes, work).run(signal);
    }
  });
}
