import { openDeliverySeries } from '../../delivery/lanes.ts';
import { type CommittedObject, objectsIn } from '../../delivery/plan.ts';
import { recordsOfObject } from '../../ledger/flush-places.ts';
import { type PartitionPosition, recordsOfLoneObject } from '../../ledger/lone-object.ts';
import { linesOf } from './record-fields.ts';
import type { Tracer } from './tracer.ts';

/** A record's place in the stream; when it arrived there, where the log still holds it. */
export interface HeldRecord extends PartitionPosition {
  readonly arrivalMs?: number;
}

/**
 * The records that an object of commit n holds, row by row; of those that the log has let go, what the commit's figures
 * tell. Undefined where nothing does.
 */
export async function recordsIn(
  { lake, engine, stream, kernel }: Tracer,
  series: string,
  n: number,
  object: CommittedObject,
): Promise<readonly HeldRecord[] | undefined> {
  if (object.kind === 'backup') return undefined;
  if (object.kind === 'error') return errorPlaces(lake, object.key);
  const commits = openDeliverySeries(lake, series, engine.effects);
  const plan = await commits.readPlan(n);
  if (plan === undefined) return undefined;
  const held = await recordsOfObject(plan, n, object, { stream, kernel });
  if (held !== undefined) return held;
  const commit = await commits.read(n);
  const ofFlush = (commit === undefined ? [] : objectsIn(commit)).filter(({ flush }) => flush === object.flush);
  const errored: PartitionPosition[] = [];
  for (const { kind, key } of ofFlush) {
    const places = kind === 'error' ? await errorPlaces(lake, key) : [];
    if (places === undefined) return undefined;
    errored.push(...places);
  }
  return recordsOfLoneObject(plan.flushes[object.flush]?.ranges ?? [], ofFlush, errored);
}

/** Where the records of an object of errors stand in the stream; undefined where it is there no more. */
async function errorPlaces(lake: Tracer['lake'], key: string): Promise<readonly PartitionPosition[] | undefined> {
  if ((await lake.head(key)) === undefined) return undefined;
  const lines = (await linesOf(lake, key)).toString().split('\n');
  return lines.flatMap((line) => {
    if (line === '') return [];
    // Written by deliveries, one JSON object a line.
    const { partition, position } = JSON.parse(line) as { partition: number; position: string };
    return [{ partition, position: BigInt(position) }];
  });
}
