import { PlayheadError } from '../base/errors.ts';
import type { PartitionState, Stream } from '../stream/stream.ts';
import type { PartitionRange } from './arrival-queue.ts';
import type { DeliverySubject } from './bound-delivery.ts';
import { laterEpochs, type Standing } from './plan.ts';

/** A partition whose log holds below `end` what was read of it, and above it other records, or none. */
export interface Cut {
  readonly partition: number;
  readonly position: bigint;
  /** Undefined where the log knows nothing any more of when it was read. */
  readonly end: bigint | undefined;
}

/** The partitions whose log was cut below where they stand since what lies there was read: also where it was filled again. */
export async function cutSince(
  stream: Stream,
  topic: string,
  { positions, epochs = {} }: Standing,
): Promise<readonly Cut[]> {
  const known = new Map(Object.entries(epochs).map(([partition, epoch]) => [Number(partition), epoch]));
  if (known.size === 0) return [];
  const ends = await stream.endsOfEpochs(topic, known);
  return [...known.keys()].flatMap((partition) => {
    const position = BigInt(positions[partition] ?? 0);
    const end = ends.get(partition);
    return end === undefined || end < position ? [{ partition, position, end }] : [];
  });
}

/** PH_DELIVERY_GAP where the log was cut below what was delivered or planned, and perhaps filled again. */
export async function checkUncut(
  { address, stream: { topic } }: DeliverySubject,
  stream: Stream,
  standing: Standing,
): Promise<void> {
  const cuts = await cutSince(stream, topic, standing);
  if (cuts.length === 0) return;
  const places = cuts
    .map(({ partition, position, end }) => `partition ${partition}: read up to ${position}, cut at ${end ?? '?'}`)
    .join('; ');
  throw new PlayheadError('PH_DELIVERY_GAP', `${topic} has lost records that ${address} read (${places})`, {
    hint:
      'a copy of the log that lacked them has become the one that counts, and may have taken others at their positions: put the ' +
      'former one back, or go on from where the log was cut, with what it holds there now: ' +
      `\`playhead deliver ${address} --accept-loss\``,
    details: { cuts: cuts.map(({ partition, position, end }) => [partition, String(position), String(end)]) },
  });
}

/**
 * What of partitions is given up where one goes on at what the log holds: at its start, at its end, or where it was cut. `from` is
 * where one stood; `standing` where one stands then.
 */
export function givenUp(
  partitions: readonly PartitionState[],
  { positions, epochs = {} }: Standing,
  cuts: readonly Cut[],
): { readonly ranges: readonly PartitionRange[]; readonly standing: Standing } {
  const ranges = partitions.map(({ partition, start, end }) => {
    const from = BigInt(positions[partition] ?? 0);
    const cutAt = cuts.find((cut) => cut.partition === partition)?.end ?? from;
    const held = [from, cutAt, end].reduce((a, b) => (a < b ? a : b));
    return { partition, from, until: held < start ? start : held };
  });
  const kept = Object.entries(epochs).filter(([partition]) => !cuts.some((cut) => cut.partition === Number(partition)));
  const standing = {
    positions: Object.fromEntries(ranges.map(({ partition, until }) => [partition, String(until)])),
    ...laterEpochs(Object.fromEntries(kept)),
  };
  return { ranges, standing };
}
