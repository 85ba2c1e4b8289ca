import { PlayheadError } from '../base/errors.ts';
import type { TopicState } from '../stream/stream.ts';
import type { PartitionRange } from './arrival-queue.ts';
import type { DeliveryPorts, DeliverySubject } from './bound-delivery.ts';
import type { LaneWriter } from './lane-writer.ts';
import { maxFlushesAPlan, memoryShare } from './memory-share.ts';
import { compilePrefix } from './prefix-renderer.ts';
import { type Window, WindowPlanner } from './window-planner.ts';

/**
 * Delivers a lane's backlog up to the ends in `topic`: windows by arrival time, several a plan, the next plan's records read
 * while this one's objects are made. PH_INTERRUPTED between two plans when the signal aborts.
 */
export async function drainLane(
  writer: LaneWriter,
  subject: DeliverySubject,
  ports: DeliveryPorts,
  topic: TopicState,
  signal?: AbortSignal,
): Promise<void> {
  const share = memoryShare(ports.memoryBytes, topic.state.length);
  for (;;) {
    const planner = plannerOf(await writer.ranges(topic), subject, ports, share);
    let upcoming = nextPlan(planner, share.planBytes);
    let ours = true;
    while (ours) {
      const windows = await upcoming;
      if (windows.length === 0) return;
      if (signal?.aborted === true) throw interrupted(subject.address);
      upcoming = nextPlan(planner, share.planBytes);
      // Where delivering fails first, its error is the one to throw; this promise is then nobody's.
      upcoming.catch(() => {});
      ours = await writer.deliver(windows);
    }
  }
}

function plannerOf(
  ranges: readonly PartitionRange[],
  { definition, stream }: DeliverySubject,
  ports: DeliveryPorts,
  share: { planBytes: number; fetchBytes: number },
): WindowPlanner {
  const prefix = compilePrefix(definition.prefix, definition.timezone);
  return new WindowPlanner(
    {
      sizeBytes: Math.min(definition.buffer.sizeBytes, share.planBytes),
      intervalMs: definition.buffer.intervalMs,
      newline: definition.newline,
      prefixEnd: prefix.timeEnd,
    },
    ranges,
    ({ partition, from, until, epoch }, maxBytes) =>
      ports.stream.fetch(stream.topic, partition, from, { maxBytes, until, epoch }),
    share.fetchBytes,
  );
}

async function nextPlan(planner: WindowPlanner, planBytes: number): Promise<Window[]> {
  const windows: Window[] = [];
  for (let bytes = 0; bytes < planBytes && windows.length < maxFlushesAPlan; ) {
    const window = await planner.next();
    if (window === undefined) break;
    windows.push(window);
    bytes += window.bytes;
  }
  return windows;
}

function interrupted(address: string): PlayheadError {
  return new PlayheadError('PH_INTERRUPTED', `${address} was interrupted; what it committed stays`, {
    hint: 'run it again: it goes on where it stopped',
  });
}
