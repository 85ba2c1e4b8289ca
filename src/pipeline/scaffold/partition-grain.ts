import { type DuckSession, sqlIdentifier } from '../../duck/duck.ts';
import { jsonColumns } from '../../duck/infer-facts.ts';
import type { EventTime, InferredRecord } from '../../duck/inferred-record.ts';
import { epochUnits } from '../../record/epoch.ts';

/** Partitions that a table may have of its sample, unless each has this many records: each is an object, and work of its own. */
const mostPartitions = 100;
const recordsWorthOne = 10_000;

/** Undefined: one partition for all. */
export type PartitionGrain = 'hour' | 'day' | undefined;

/** The finest length of partitions that suits a sample's event times. */
export async function partitionGrain(
  session: DuckSession,
  ndjson: string,
  { eventTime, records }: InferredRecord,
): Promise<PartitionGrain> {
  if (eventTime === undefined) return undefined;
  const [hours, days] = await periodsIn(session, ndjson, eventTime);
  const suits = (partitions: number): boolean => partitions <= Math.max(mostPartitions, records / recordsWorthOne);
  if (eventTime.of === 'timestamp' && suits(hours)) return 'hour';
  return suits(days) ? 'day' : undefined;
}

/** How many hours and days the records are of. Of ISO text as it is written: an offset moves them, and counts alike. */
async function periodsIn(
  session: DuckSession,
  ndjson: string,
  { field, epoch }: EventTime,
): Promise<readonly [hours: number, days: number]> {
  const text = `(${sqlIdentifier(field)}->>'$')`;
  const [hour, day] =
    epoch === undefined
      ? [`left(${text}, 13)`, `left(${text}, 10)`]
      : [3600, 86_400].map((seconds) => `CAST(${text} AS HUGEINT) // ${seconds * epochUnits[epoch]}`);
  const { rows } = await session.all(
    `SELECT count(DISTINCT ${hour}), count(DISTINCT ${day}) FROM ${jsonColumns(ndjson, [field])}`,
  );
  return [Number(rows[0]?.[0]), Number(rows[0]?.[1])];
}
