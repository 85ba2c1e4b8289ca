import { deliverySeriesNames } from '../delivery/contributors.ts';
import { openDeliverySeries } from '../delivery/lanes.ts';
import { objectsIn } from '../delivery/plan.ts';
import { jsonRows } from '../duck/file-rows.ts';
import { versionFile } from '../table/retained.ts';
import type { Addressed } from './address.ts';
import type { Engine } from './bind.ts';

/** What a delivery set aside for one reason. */
export interface RefusedReason {
  readonly delivery: string;
  readonly code: string;
  readonly records: number;
  /** What was said of one of them. */
  readonly example: string;
}

/** Files of this machine that hold what a delivery set aside, over all of its commits. */
export async function refusedFiles(engine: Engine, { address }: Addressed<'delivery'>): Promise<readonly string[]> {
  const lake = await engine.lake();
  const files: string[] = [];
  for (const name of await deliverySeriesNames(lake, address)) {
    for await (const { commit } of openDeliverySeries(lake, name, engine.effects).commits(0)) {
      for (const { kind, key, etag } of objectsIn(commit))
        if (kind === 'error') files.push(await versionFile(lake, { key, etag }));
    }
  }
  return files;
}

/** Counts by error code, the most frequent first. */
export async function refusedReasons(
  engine: Engine,
  delivery: Addressed<'delivery'>,
): Promise<readonly RefusedReason[]> {
  const files = await refusedFiles(engine, delivery);
  if (files.length === 0) return [];
  await using session = await (await engine.duck()).connect();
  const { rows } = await session.all(`SELECT errorCode, count(*), min(errorMessage)
    FROM ${jsonRows(files, "format = 'newline_delimited', columns = {errorCode: 'VARCHAR', errorMessage: 'VARCHAR'}")}
    GROUP BY errorCode ORDER BY count(*) DESC, errorCode`);
  return rows.map(([code, records, example]) => ({
    delivery: delivery.address,
    code: String(code),
    records: Number(records),
    example: String(example),
  }));
}
