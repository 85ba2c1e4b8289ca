import { PlayheadError } from '../base/errors.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { TableDefinition } from '../catalog/definition.ts';
import { referenceName } from '../quality/row-rules.ts';
import { macroStatements } from '../sql/duckdb/macros/registry.ts';
import { type RowMaking, rowMaking } from '../sql/row-making.ts';
import { translate } from '../sql/translate.ts';
import type { BoundJob } from './bound-job.ts';
import { timeField } from './definition.ts';
import { type ConsumedRange, type JobPlan, jobFormat, type PlannedReference } from './job-plan.ts';

/** A plan whose partitions are not known yet: they are, once its input was read. */
export type DraftPlan = Omit<JobPlan, 'partitions' | 'asked' | 'plannedAtMs' | 'checks'>;

export async function draftPlan(
  job: BoundJob,
  consumed: readonly ConsumedRange[],
  catalog: Catalog,
): Promise<DraftPlan> {
  const { definition, target } = job;
  const references = await plannedReferences(job, catalog);
  const making = await rowMaking(definition.sql);
  return {
    format: jobFormat,
    job: job.name,
    definition,
    input: job.input.table,
    target,
    select: {
      ...(await boundSelect(job)),
      ...(keepsRecords(job, making) ? { isPlain: true } : {}),
      ...(making.isRowByRow ? { isRowByRow: true } : {}),
    },
    consumed,
    ...(references.length === 0 ? {} : { references }),
  };
}

/**
 * True where it is certain by the SQL alone that each record becomes one row of its own key and time. PH_SQL_UNSUPPORTED
 * where it is certain that none does, or can't be told afterwards either.
 */
function keepsRecords({ name: job, definition, target }: BoundJob, { changed }: RowMaking): boolean {
  const { unique, sqlPath } = definition;
  const time = timeField(definition);
  // A key that has another name in the table is made of its field: then the rows are looked at.
  const own = [...(unique?.as === undefined ? (unique?.key ?? []) : []), ...(time === undefined ? [] : [time])];
  const other = own.find((field) => changed?.has(field.toLowerCase()) === true && field in target.record.fields);
  if (other !== undefined)
    throw new PlayheadError('PH_SQL_UNSUPPORTED', `job ${job}: ${sqlPath} makes another "${other}" than it reads`, {
      hint: `By ${other} a record is known again, or has its partition: select it as it is, and what is made of it under another name.`,
      details: { job, field: other },
    });
  if (changed === undefined && unique === undefined)
    throw new PlayheadError('PH_SQL_UNSUPPORTED', `job ${job}: ${sqlPath} may drop or repeat records`, {
      hint: 'Without a `unique` key nobody can tell: declare one, or SELECT columns FROM the one table, without WHERE, JOIN or the like.',
      details: { job },
    });
  return changed !== undefined && unique?.as === undefined && definition.incremental?.by !== 'partition';
}

/** The job's SELECT in DuckDB's dialect. PH_SQL_*: it reads the job's input only, and says the same whenever it is asked. */
export async function boundSelect({
  name: job,
  definition,
  input: { table: input },
  lookUps = [],
}: BoundJob): Promise<JobPlan['select']> {
  const { sql, tables, macros } = await translate(definition.sql, { from: 'athena', to: 'duckdb' });
  const inputs: string[] = [];
  const others: NonNullable<JobPlan['select']['lookUps']>[number][] = [];
  for (const { database, name, identifier } of tables) {
    const isOf = (table: TableDefinition): boolean =>
      name === table.name && (database === undefined || database === table.database);
    const lookUp = lookUps.find(isOf);
    if (lookUp !== undefined) others.push({ identifier, database: lookUp.database, name });
    else if (isOf(input)) inputs.push(identifier);
    if (lookUp !== undefined || isOf(input)) continue;
    throw new PlayheadError(
      'PH_SQL_UNSUPPORTED',
      `job ${job} reads ${database ?? ''}.${name}: an incremental job reads its input only`,
      {
        hint: `Join ${name} in the queries, or make the result with CREATE TABLE AS or INSERT INTO. A job over another job's table can name it under lookUps.`,
      },
    );
  }
  const { volatile } = await rowMaking(definition.sql);
  if (volatile.length > 0)
    throw new PlayheadError('PH_SQL_UNSUPPORTED', `job ${job}: ${definition.sqlPath} calls ${volatile.join(', ')}`, {
      hint: 'A run that dies is finished by another one, which must make the same rows: take times and numbers from the record.',
      details: { job, functions: volatile },
    });
  return {
    sql,
    inputs,
    macros: macroStatements(macros, 'connection'),
    ...(others.length === 0 ? {} : { lookUps: others }),
  };
}

/** The tables that the job's checks refer to, as they stand. PH_REFERENCE_MISSING: against nothing, every record would be wrong. */
export async function plannedReferences(
  { name, definition, references = {} }: BoundJob,
  catalog: Catalog,
): Promise<readonly PlannedReference[]> {
  const planned: PlannedReference[] = [];
  for (const check of definition.checks ?? []) {
    if (check.kind !== 'reference') continue;
    const table = references[check.table];
    const objects = table === undefined ? [] : await catalog.objects(table.database, table.name);
    if (objects.length === 0)
      throw new PlayheadError('PH_REFERENCE_MISSING', `check ${check.name} of job ${name}: ${check.table} is empty`, {
        hint: `Make ${check.table} first (\`playhead run\` its source), then run the job again.`,
        details: { job: name, check: check.name, table: check.table },
      });
    const versions = objects.map(({ key, etag }) => ({ key, etag }));
    planned.push({ name: referenceName(check), column: check.column, objects: versions });
  }
  return planned;
}
