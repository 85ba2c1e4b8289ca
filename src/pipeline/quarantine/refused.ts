import { jsonRows } from '../../duck/file-rows.ts';
import { versionFile } from '../../table/retained.ts';
import type { Engine } from '../engine/bind.ts';
import type { Addressed } from '../graph/address.ts';
import { erroredObjects } from './errored-records.ts';

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
  for (const object of await erroredObjects(lake, address)) files.push(await versionFile(lake, object));
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
