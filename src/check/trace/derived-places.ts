import { sqlString } from '../../duck/duck.ts';
import type { DerivedPlace, JobPlace } from '../../ledger/record-trace.ts';
import type { PipelineDefinition } from '../../pipeline/definition.ts';
import { resolveAddress } from '../../pipeline/graph/address.ts';
import { keyColumns } from '../../transform/definition.ts';
import { keySql, keyText } from '../../transform/fingerprint.ts';
import { rowWhere } from './job-place.ts';
import type { RouteJob, Tracer } from './tracer.ts';

/** What was made of the partition in which a job's row is; in tables that have the columns of its key, with its row. */
export async function derivedPlaces(
  tracer: Tracer,
  job: RouteJob,
  { object }: JobPlace,
  key: readonly string[] | undefined,
): Promise<readonly DerivedPlace[]> {
  const stands = new Set(object === undefined ? [] : [object]);
  const places: DerivedPlace[] = [];
  for (const { inputs, ...place } of await tracer.derived(job.entry.address)) {
    if (![...inputs].some((input) => stands.has(input))) continue;
    stands.add(place.object);
    const row = key === undefined ? undefined : await rowOfKey(tracer, job, place, key);
    places.push({ ...place, ...(row === undefined ? {} : { row }) });
  }
  return places;
}

async function rowOfKey(
  { engine, lake, session }: Tracer,
  { entry }: RouteJob,
  { job, object }: DerivedPlace,
  key: readonly string[],
): Promise<number | undefined> {
  if (!hasKey(engine.pipelines, job, entry) || (await lake.head(object)) === undefined) return undefined;
  const condition = `${keySql(keyColumns(entry.definition))} = ${sqlString(keyText(key))}`;
  return rowWhere(session, await lake.localFile(object), condition);
}

/** Whether a derived table has the columns by which a row of a job's table is known. */
export function hasKey(pipelines: readonly PipelineDefinition[], derived: string, job: RouteJob['entry']): boolean {
  const { definition, pipeline } = resolveAddress(pipelines, derived, ['job']);
  const { record } = resolveAddress(pipelines, definition.into, ['table'], pipeline).definition;
  const columns = keyColumns(job.definition);
  return columns.length > 0 && columns.every((name) => name in record.fields);
}
