import { PlayheadError } from '../base/errors.ts';
import type { TopicState } from '../stream/stream.ts';
import type { PartitionRange } from './arrival-queue.ts';
import { type DeliveryPorts, type DeliverySubject, type LanePorts, recordOf } from './bound-delivery.ts';
import { flushesAtOnce } from './commit-plan.ts';
import type { LaneWriter } from './lane-writer.ts';
import { discard, type MadeWindow, type MakeAhead, makeAhead } from './make-ahead.ts';
import { maxFlushesAPlan, memoryShare, plansAhead } from './memory-share.ts';
import { planTools } from './plan-tools.ts';
import { compilePrefix } from './prefix-renderer.ts';
import { WindowPlanner } from './window-planner.ts';

/**
 * Delivers a lane's backlog up to the ends in `topic`: windows by arrival time, several a plan, the next plans' records read
 * and their flushes made while this one's are put. PH_INTERRUPTED between two plans when the signal aborts.
 */
export async function drainLane(
  writer: LaneWriter,
  subject: DeliverySubject,
  ports: LanePorts,
  topic: TopicState,
  signal?: AbortSignal,
): Promise<void> {
  const share = memoryShare(ports.memoryBytes, topic.state.length);
  const tools = planTools({ definition: subject.definition, record: recordOf(subject) }, ports.kernel);
  for (let isDone = false; !isDone; ) {
    const planner = plannerOf(await writer.ranges(topic), subject, ports, share);
    const over = new AbortController();
    const make = makeAhead(tools, flushesAtOnce, over.signal);
    const upcoming: Promise<MadeWindow[]>[] = [];
    const readOn = (): void => {
      const before = upcoming.at(-1) ?? Promise.resolve();
      const windows = before.then(() => nextPlan(planner, share.planBytes, make));
      // Where delivering fails first, its error is the one to throw; this promise is then nobody's.
      windows.catch(() => {});
      upcoming.push(windows);
    };
    for (let plans = 0; plans < plansAhead; plans += 1) readOn();
    try {
      for (let ours = true; ours; ) {
        const windows = (await upcoming[0]) ?? [];
        isDone = windows.length === 0;
        if (isDone) break;
        if (signal?.aborted === true) throw interrupted(subject.address);
        readOn();
        upcoming.shift();
        ours = await writer.deliver(windows);
      }
    } finally {
      over.abort();
      for (const windows of upcoming) await discard(await windows.catch(() => []));
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

async function nextPlan(planner: WindowPlanner, planBytes: number, make: MakeAhead): Promise<MadeWindow[]> {
  const windows: MadeWindow[] = [];
  try {
    let bytes = 0;
    // The next window will be about as large as the last: one that goes beyond is for the next plan.
    while (bytes + (windows.at(-1)?.bytes ?? 0) <= planBytes && windows.length < maxFlushesAPlan) {
      const window = await planner.next();
      if (window === undefined) break;
      windows.push(make(window));
      bytes += window.bytes;
    }
    return windows;
  } catch (error) {
    await discard(windows);
    throw error;
  }
}

function interrupted(address: string): PlayheadError {
  return new PlayheadError('PH_INTERRUPTED', `${address} was interrupted; what it committed stays`, {
    hint: 'run it again: it goes on where it stopped',
  });
}
