import { isPlayheadError } from '../base/errors.ts';
import { objectKey } from '../delivery/deliver-flush.ts';
import type { ParquetKernel } from '../delivery/parquet-kernel.ts';
import { type CommittedObject, type DeliveryPlan, rangeFromJson } from '../delivery/plan.ts';
import { planTools } from '../delivery/plan-tools.ts';
import { readRanges } from '../delivery/read-range.ts';
import { splitFlush } from '../delivery/split.ts';
import { type Position, positionAt } from '../record/batch.ts';
import type { Stream } from '../stream/stream.ts';

/** A record's place in the stream, and when it arrived there. */
export interface RecordPosition {
  readonly partition: number;
  readonly position: Position;
  readonly arrivalMs: number;
}

export interface FlushPorts {
  readonly stream: Stream;
  readonly kernel: ParquetKernel;
}

/**
 * Which records of the stream an object holds, row by row: its flush is divided again as delivery divided it, from the plan
 * and the log. Undefined where the log has let the records go.
 */
export async function recordsOfObject(
  plan: DeliveryPlan,
  number: number,
  object: Pick<CommittedObject, 'key' | 'flush'>,
  { stream, kernel }: FlushPorts,
): Promise<readonly RecordPosition[] | undefined> {
  const tools = planTools(plan, kernel);
  const ranges = (plan.flushes[object.flush]?.ranges ?? []).map(rangeFromJson);
  let slices: Awaited<ReturnType<typeof readRanges>>;
  try {
    slices = await readRanges(stream, plan.topic, ranges);
  } catch (error) {
    if (isPlayheadError(error, 'PH_POSITION_OUT_OF_RANGE') || isPlayheadError(error, 'PH_DELIVERY_GAP'))
      return undefined;
    throw error;
  }
  const { groups } = splitFlush(slices, tools.split);
  for (const [ordinal, group] of groups.entries()) {
    const naming = { prefix: tools.split.prefix, extension: tools.encoder.extension, oldestMs: group.oldestMs };
    const keys = group.partitionKeys === undefined ? {} : { partitionKeys: group.partitionKeys };
    if (objectKey(plan, number, object.flush, ordinal, { ...naming, ...keys }) !== object.key) continue;
    // JSON takes every record that the split let through: only a conversion rejects more.
    const converted =
      plan.definition.output.format === 'json' ? [] : (await tools.encoder.encode(group.slices)).rejected;
    const rejected = new Set(converted.map(({ partition, position }) => `${partition} ${position}`));
    return group.slices
      .flatMap(({ batch, from, to }) =>
        Array.from({ length: to - from }, (_, i) => ({
          partition: batch.partition,
          position: positionAt(batch, from + i),
          arrivalMs: batch.arrivalMs[from + i] ?? 0,
        })),
      )
      .filter(({ partition, position }) => !rejected.has(`${partition} ${position}`));
  }
  return undefined;
}
