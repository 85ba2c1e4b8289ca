import { PlayheadError } from '../../base/errors.ts';
import { either } from '../../base/nearest.ts';
import { sqlIdentifier } from '../../duck/duck.ts';
import type { RecordTrace, TraceAnswer } from '../../ledger/record-trace.ts';
import { queriesOf } from '../../pipeline/engine/queries.ts';
import { tableName, tablesNamed } from '../../pipeline/graph/table-names.ts';
import { readersOf, writerOf } from '../../pipeline/graph/writers.ts';
import { keyColumns } from '../../transform/definition.ts';
import { traceByKey } from './by-key.ts';
import { hasKey } from './derived-places.ts';
import { keyFields, type RouteJob, type Tracer, unknownRecord } from './tracer.ts';

/** Rows that are traced at most. */
const mostRows = 10;

/**
 * Traces the rows of a table that fulfil a condition in Athena's SQL, by the key of the job that makes the table or reads
 * it. Partitions are pruned as for any query; within them it scans. PH_SQL_*, PH_RECORD_UNKNOWN with the nearest partition.
 */
export async function traceByRow(
  tracer: Tracer,
  table: string,
  where: string,
  signal: AbortSignal,
): Promise<TraceAnswer> {
  const { fields, name } = tableOf(tracer, table);
  const columns = fields.map((field) => `CAST(${sqlIdentifier(field)} AS VARCHAR)`).join(', ');
  tracer.watch(`scanning ${name} for ${where}`);
  const queries = await queriesOf(tracer.engine);
  const keys: string[][] = [];
  let nearest = '';
  try {
    const sql = `SELECT DISTINCT ${columns} FROM ${name} WHERE ${where} LIMIT ${mostRows + 1}`;
    const result = await queries.run(sql, { signal });
    for await (const rows of result.pages) keys.push(...rows.map((row) => row.map(String)));
    if (keys.length === 0) nearest = (await result.summary()).explanation ?? '';
  } finally {
    await queries.close();
  }
  if (keys.length === 0) throw unknownRecord(`${name} has no row where ${where}`, nearest);
  const records: RecordTrace[] = [];
  let skipped: TraceAnswer['skipped'] = [];
  const lookedIn = [`${name}, by scanning where ${where}`];
  for (const key of keys.slice(0, mostRows)) {
    const answer = await traceByKey(tracer, Object.fromEntries(fields.map((field, i) => [field, key[i] ?? ''])));
    records.push(...answer.records);
    if (lookedIn.length === 1) lookedIn.push(...answer.lookedIn);
    skipped = answer.skipped;
  }
  return { records, lookedIn, skipped, scanned: true, more: keys.length > mostRows };
}

/**
 * A table, and its columns that are a job's key: of the job that makes it, else of one that makes what it is made from, else of
 * one that reads it.
 */
function tableOf(tracer: Tracer, table: string): { readonly fields: readonly string[]; readonly name: string } {
  const { routes, takings, engine } = tracer;
  const jobs = [...routes, ...takings].flatMap((each) => each.jobs.filter((job) => keyFields(job).length > 0));
  for (const entry of tablesNamed(engine.pipelines, table)) {
    const name = tableName(entry);
    const maker = jobs.find(({ target }) => target.address === entry.address) ?? makerOf(tracer, jobs, entry.address);
    if (maker !== undefined) return { fields: keyColumns(maker.entry.definition), name };
    const landing = routes.find(({ subject }) => subject.table === entry.definition);
    const reader = landing?.jobs.find((each) => keyFields(each).length > 0);
    if (reader !== undefined) return { fields: keyFields(reader), name };
  }
  const names = jobs.map(({ target }) => tableName(target));
  throw new PlayheadError('PH_USAGE', `--table ${table}: no job with a unique key makes or reads such a table`, {
    hint:
      names.length === 0
        ? 'Trace by position, or by object and row.'
        : `There ${names.length === 1 ? 'is' : 'are'} ${either(names)}.`,
  });
}

/** The job upstream of a derived table whose key's columns the table has. */
function makerOf({ engine }: Tracer, jobs: readonly RouteJob[], table: string): RouteJob | undefined {
  const writer = writerOf(engine.pipelines, table);
  if (writer?.kind !== 'job') return undefined;
  const isMadeFrom = ({ address }: { readonly address: string }): boolean =>
    readersOf(engine.pipelines, address).some((reader) => reader.address === writer.address || isMadeFrom(reader));
  return jobs.find(({ entry }) => isMadeFrom(entry) && hasKey(engine.pipelines, writer.address, entry));
}
