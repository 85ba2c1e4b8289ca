import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { beginEpoch, closeSeries, currentEpoch, type Epoch, hasEpoch, laneSeries } from '../commit/epoch.ts';
import { type CommitSeries, openSeries } from '../commit/series.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { TopicState } from '../stream/stream.ts';
import { type DeliveryCommit, type DeliveryPlan, laterEpochs, type Standing } from './plan.ts';

export type DeliverySeries = CommitSeries<DeliveryPlan, DeliveryCommit>;

/** A subset of the topic's partitions, with one series and one writer at a time. */
export interface Lane {
  readonly epoch: number;
  readonly number: number;
  readonly lanes: number;
  readonly series: DeliverySeries;
}

/** Lane of a partition. */
export function laneOf(partition: number, lanes: number): number {
  return partition % lanes;
}

export function openDeliverySeries(lake: ObjectStore, name: string, effects: Effects): DeliverySeries {
  return openSeries(lake, name, effects, { isLast: ({ kind }) => kind === 'close' });
}

/** The lanes of the delivery's present epoch; empty before its first run. */
export async function presentLanes(lake: ObjectStore, delivery: string, effects: Effects): Promise<readonly Lane[]> {
  const epoch = await currentEpoch(lake, delivery);
  return epoch === undefined ? [] : epochLanes(lake, delivery, epoch, effects);
}

/**
 * The lanes that the definition asks for, each with its opening commit: the positions that it starts from. The first
 * epoch starts at the oldest records of the topic, a later one where the series of the epoch before were closed. To be called
 * under the leases of all lanes, old and new. `settle` redoes a lane's plan that has no commit yet: closed before that, its
 * objects would be there without a commit. `fence`: closes the present epoch though it has as many lanes, so that whoever wrote in it and
 * stands still can commit nothing more. Throws PH_LEASE_LOST where another process began the next epoch with other lanes meanwhile.
 */
export async function beginLanes(
  lake: ObjectStore,
  delivery: string,
  lanes: number,
  topic: TopicState,
  settle: (lane: Lane) => Promise<void>,
  effects: Effects,
  fence = false,
): Promise<readonly Lane[]> {
  const present = await currentEpoch(lake, delivery);
  if (present !== undefined) {
    const open = await openLanes(lake, delivery, epochLanes(lake, delivery, present, effects), topic, effects);
    if (present.lanes === lanes && !fence) return open;
    for (const lane of open) {
      if (!(await isClosed(lane))) await settle(lane);
      await closeLane(lane, delivery, topic, settle, effects);
    }
  }
  const next = { number: present === undefined ? 0 : present.number + 1, lanes };
  const begun = await beginEpoch(lake, delivery, next, async (series) => {
    const { last } = await openDeliverySeries(lake, series, effects).head();
    return last?.kind === 'close';
  });
  if (begun.lanes !== lanes) throw overtaken(delivery, lanes, begun);
  return openLanes(lake, delivery, epochLanes(lake, delivery, begun, effects), topic, effects);
}

/** Whether another epoch came after that of this lane. */
export function isFollowed(lake: ObjectStore, delivery: string, { epoch }: Lane): Promise<boolean> {
  return hasEpoch(lake, delivery, epoch + 1);
}

/** Whether whoever began to close the epoch of these lanes has come to one of them: no other epoch may follow yet. */
export async function isHalfClosed(lanes: readonly Lane[]): Promise<boolean> {
  for (const lane of lanes) if (await isClosed(lane)) return true;
  return false;
}

/** Whether nothing more can be committed in this lane. */
async function isClosed({ series }: Lane): Promise<boolean> {
  return (await series.head()).last?.kind === 'close';
}

/** Gives each lane that has none its opening commit, as `beginLanes` does. Of two that do, one decides. */
export async function openLanes(
  lake: ObjectStore,
  delivery: string,
  lanes: readonly Lane[],
  topic: TopicState,
  effects: Effects,
): Promise<readonly Lane[]> {
  let starts: Standing | undefined;
  for (const lane of lanes) {
    if ((await lane.series.read(0)) !== undefined) continue;
    starts ??= await startsOf(lake, delivery, lane.epoch, topic, effects);
    const isOwn = ([partition]: readonly [string, unknown]): boolean =>
      laneOf(Number(partition), lane.lanes) === lane.number;
    await lane.series.commit(0, {
      format: 1,
      kind: 'open',
      delivery,
      committedAtMs: effects.clock.now(),
      topic: topic.topic,
      topicId: topic.id,
      positions: Object.fromEntries(Object.entries(starts.positions).filter(isOwn)),
      ...laterEpochs(Object.fromEntries(Object.entries(starts.epochs ?? {}).filter(isOwn))),
    });
  }
  return lanes;
}

async function startsOf(
  lake: ObjectStore,
  delivery: string,
  epoch: number,
  topic: TopicState,
  effects: Effects,
): Promise<Standing> {
  const oldest = Object.fromEntries(topic.state.map(({ partition, start }) => [partition, String(start)]));
  if (epoch === 0) return { positions: oldest };
  const positions: Record<string, string> = {};
  const epochs: Record<string, number> = {};
  // The closed epoch's number of lanes is not kept with this one: its series are there until one is missing.
  for (let lane = 0; ; lane += 1) {
    const { last } = await openDeliverySeries(lake, laneSeries(delivery, epoch - 1, lane), effects).head();
    if (last === undefined) return { positions, epochs };
    Object.assign(positions, last.positions);
    Object.assign(epochs, last.epochs);
  }
}

async function closeLane(
  lane: Lane,
  delivery: string,
  topic: TopicState,
  settle: (lane: Lane) => Promise<void>,
  effects: Effects,
): Promise<void> {
  const close = (last: DeliveryCommit | undefined): DeliveryCommit => ({
    format: 1,
    kind: 'close',
    delivery,
    committedAtMs: effects.clock.now(),
    // Settled before: the last commit is of this topic, or from before topics had identities.
    topic: topic.topic,
    topicId: topic.id,
    positions: last?.positions ?? {},
    ...laterEpochs(last?.epochs),
  });
  const isClose = ({ kind }: DeliveryCommit): boolean => kind === 'close';
  // Settled before; but one who lost his lease without knowing it may have planned since.
  await closeSeries(lane.series, { isClose, close, settle: () => settle(lane) }, effects);
}

/** The lanes of this epoch of the delivery. */
export function epochLanes(lake: ObjectStore, delivery: string, epoch: Epoch, effects: Effects): readonly Lane[] {
  return Array.from({ length: epoch.lanes }, (_, number) => ({
    epoch: epoch.number,
    number,
    lanes: epoch.lanes,
    series: openDeliverySeries(lake, laneSeries(delivery, epoch.number, number), effects),
  }));
}

/** Under the leases nobody else begins an epoch: who finds another's has slept past them. */
function overtaken(delivery: string, wanted: number, begun: Epoch): PlayheadError {
  const message = `another process began epoch ${begun.number} of ${delivery} with ${begun.lanes} lanes, not ${wanted}, while this one stood still`;
  return new PlayheadError('PH_LEASE_LOST', message, { details: { delivery } });
}
