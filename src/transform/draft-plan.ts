import { PlayheadError } from '../base/errors.ts';
import { macroStatements } from '../sql/duckdb/macros/registry.ts';
import { translate } from '../sql/translate.ts';
import { type ConsumedRange, type JobPlan, jobFormat } from './job-plan.ts';
import type { BoundJob } from './run-job.ts';

/** A plan whose partitions are not known yet: they are, once its input was read. */
export type DraftPlan = Omit<JobPlan, 'partitions' | 'asked' | 'plannedAtMs'>;

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
    format: jobFormat,
    job: job.name,
    definition,
    input,
    target,
    select: { sql, inputs: tables.map(({ identifier }) => identifier), macros: macroStatements(macros, 'connection') },
    consumed,
  };
}
