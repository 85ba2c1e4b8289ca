import type { Effects } from '../base/effects.ts';
import { laneSeries } from '../commit/epoch.ts';
import type { PartitionState, Stream, TopicState } from '../stream/stream.ts';
import type { DeliveryPorts, DeliverySubject } from './bound-delivery.ts';
import { presentLanes } from './lanes.ts';
import { type LastFlush, lastFlush } from './last-flush.ts';
import { cutSince } from './log-cut.ts';
import { checkSameLog } from './log-gap.ts';
import { laterEpochs } from './plan.ts';

export interface DeliveryState {
  /** The topic that it was held to; undefined where there is none. */
  readonly topic: TopicState | undefined;
  /** One a lane; empty before the first run. `next` is the number of its next commit. */
  readonly series: readonly { readonly name: string; readonly next: number; readonly planPending: boolean }[];
  /** Where each partition's next record to deliver stands; the topic's start where nothing was delivered yet. */
  readonly positions: ReadonlyMap<number, bigint>;
  /** Records in the log that no commit has delivered. */
  readonly pendingRecords: number;
  /**
   * Positions that the log does not hold (before its start, after its end) or holds anew since it was cut: delivery stops with PH_DELIVERY_GAP until the
   * loss is acknowledged.
   */
  readonly gaps: readonly { readonly partition: number; readonly from: bigint; readonly until: bigint }[];
  readonly lastFlush?: LastFlush;
}

type StatePorts = Pick<DeliveryPorts, 'lake' | 'stream'>;

/** `deliveryStanding`, and how many records wait: in a log whose positions have gaps, all of them are read for that. */
export async function deliveryState(
  subject: DeliverySubject,
  ports: StatePorts,
  effects: Effects,
): Promise<DeliveryState> {
  const standing = await deliveryStanding(subject, ports, effects);
  return { ...standing, pendingRecords: await pendingRecords(ports.stream, standing) };
}

/**
 * Reads where a delivery stands: series heads and the topic's ends. Writes nothing. PH_DELIVERY_GAP where its commits are of
 * another log than its topic: where it stands there says nothing about this one.
 */
export async function deliveryStanding(
  subject: DeliverySubject,
  ports: StatePorts,
  effects: Effects,
): Promise<Omit<DeliveryState, 'pendingRecords'>> {
  const lanes = await presentLanes(ports.lake, subject.address, effects);
  const heads = await Promise.all(
    lanes.map(async (lane) => ({ lane, series: lane.series, head: await lane.series.head() })),
  );
  // After the heads: what was committed until then was in the log, whoever delivers and appends meanwhile.
  const topic = await ports.stream.describe(subject.stream.topic);
  if (topic !== undefined)
    for (const { head } of heads) checkSameLog(subject.address, head.last ?? head.pendingPlan, topic);
  const committed: Record<string, string> = Object.assign({}, ...heads.map(({ head }) => head.last?.positions ?? {}));
  const state = topic?.state ?? [];
  const from = ({ partition, start }: PartitionState): bigint =>
    BigInt(committed[partition] ?? (lanes.length === 0 ? start : 0n));
  const standing = { positions: committed, ...laterEpochs(...heads.map(({ head }) => head.last?.epochs)) };
  const cuts = topic === undefined ? [] : await cutSince(ports.stream, topic.topic, standing);
  const last = await lastFlush(ports.lake, subject.address, heads, effects);
  return {
    topic,
    series: heads.map(({ lane, head }) => ({
      name: laneSeries(subject.address, lane.epoch, lane.number),
      next: head.next,
      planPending: head.pendingPlan !== undefined,
    })),
    positions: new Map(state.map((each) => [each.partition, from(each)])),
    gaps: state.flatMap((each) => {
      const position = from(each);
      const { partition, start } = each;
      if (position < start) return [{ partition, from: position, until: start }];
      const end = cuts.find((cut) => cut.partition === partition)?.end ?? each.end;
      return position > end ? [{ partition, from: end, until: position }] : [];
    }),
    ...(last === undefined ? {} : { lastFlush: last }),
  };
}

async function pendingRecords(
  stream: Stream,
  { topic, positions }: Pick<DeliveryState, 'topic' | 'positions'>,
): Promise<number> {
  if (topic === undefined) return 0;
  const waiting = topic.state.map(({ partition, start, end }) => {
    const next = positions.get(partition) ?? start;
    const position = next > start ? next : start;
    return position < end ? stream.countRecords(topic.topic, partition, position, end) : 0;
  });
  return (await Promise.all(waiting)).reduce((sum, count) => sum + count, 0);
}
