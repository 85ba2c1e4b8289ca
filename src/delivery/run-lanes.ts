import { defaultTtlMs } from '../commit/lease.ts';
import { drainLane } from './drain.ts';
import { readyLanes } from './hold-lanes.ts';
import { goingOn, type LaneOwner, laneWriter, topicNow } from './lane-owner.ts';
import { LaneShare, type LaneWork } from './lane-share.ts';
import { runLane } from './live.ts';
import { Patience } from './patience.ts';

/**
 * Delivers as records come, until the signal aborts, as one of the workers that share the lanes. Whoever starts decides how many
 * lanes there are; whoever runs follows, so that two definitions don't change them in turns. Once it runs, it bears with a store
 * or a log that fails for a while.
 */
export function runLanes(owner: LaneOwner, signal: AbortSignal): Promise<void> {
  const { subject, ports, options, effects } = owner;
  const { clock } = effects;
  const renewEveryMs = (options.leaseTtlMs ?? defaultTtlMs) / 6;
  const work: LaneWork = async (lane, lease, ended) => {
    const topic = await topicNow(owner);
    const writer = laneWriter(owner, lane, lease, topic);
    await writer.settle();
    await drainLane(writer, subject, ports, topic, ended);
    await runLane(writer, subject, ports, { signal: ended, renewEveryMs }, effects);
  };
  const patience = new Patience(effects);
  let begun = false;
  return goingOn(owner, async () => {
    while (!signal.aborted) {
      const sinceMs = clock.monotonicMs();
      try {
        const lanes = await readyLanes(owner, begun ? undefined : subject.definition.lanes, begun);
        begun = true;
        await new LaneShare(owner, lanes, work).run(signal);
      } catch (cause) {
        if (!begun) throw cause;
        await patience.pause(cause, clock.monotonicMs() - sinceMs, signal);
      }
    }
  });
}
