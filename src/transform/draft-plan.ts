import { PlayheadError } from '../base/errors.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { TableDefinition } from '../catalog/definition.ts';
import type { DuckSession } from '../duck/duck.ts';
import { sqlString } from '../duck/duck.ts';
import { partitionPath } from '../lake/hive-layout.ts';
import { macroStatements } from '../sql/duckdb/macros/registry.ts';
import { translate } from '../sql/translate.ts';
import type { Buckets } from './bucket.ts';
import type { ConsumedRange, JobPlan, PlannedPartition } from './job-plan.ts';
import type { BoundJob } from './run-job.ts';
import type { Staging } from './stage.ts';

/** A plan whose partitions are not known yet: they are, once its input was read. */
export type DraftPlan = Omit<JobPlan, 'partitions' | 'plannedAtMs'>;

export async function draftPlan(job: BoundJob, consumed: readonly ConsumedRange[]): Promise<DraftPlan> {
  const { definition, target } = job;
  const input = job.input.table;
  const { sql, tables, macros } = await translate(definition.sql, { from: 'athena', to: 'duckdb' });
  for (const { database, name } of tables) {
    if (name === input.name && (database === undefined || database === input.database)) continue;
    throw new PlayheadError(
      'PH_SQL_UNSUPPORTED',
      `job ${job.name} reads ${database ?? ''}.${name}: an incremental job reads its input only`,
      {
        hint: `Join ${name} in the queries, or make the result with CREATE TABLE AS or INSERT INTO.`,
      },
    );
  }
  return {
    format: 1,
    job: job.name,
    definition,
    input,
    target,
    select: { sql, inputs: tables.map(({ identifier }) => identifier), macros: macroStatements(macros, 'connection') },
    consumed,
  };
}

/** The partitions that the staged rows fall into, each with what the job's table has there now. */
export async function partitionsTouched(
  session: DuckSession,
  staging: Staging,
  buckets: Buckets,
  target: TableDefinition,
  catalog: Catalog,
): Promise<readonly PlannedPartition[]> {
  const present = await catalog.objects(target.database, target.name);
  const etags = new Map(present.map(({ key, etag }) => [key, etag]));
  return (await bucketsFound(session, staging)).map((bucket) => {
    const values = buckets.valuesOf(bucket);
    const key = `${target.location}${partitionPath(Object.keys(target.partitions), values)}data.parquet`;
    const replaces = etags.get(key);
    return { bucket, values, key, ...(replaces === undefined ? {} : { replaces }) };
  });
}

async function bucketsFound(session: DuckSession, staging: Staging): Promise<readonly number[]> {
  const { rows } = await session.all(
    `SELECT DISTINCT CAST(regexp_extract(file, '_bucket=(-?[0-9]+)/', 1) AS BIGINT) AS bucket
     FROM glob(${sqlString(`${staging.folder}/good/*/*.parquet`)}) WHERE file NOT LIKE '%HIVE_DEFAULT%' ORDER BY bucket`,
  );
  return rows.map(([bucket]) => Number(bucket));
}
