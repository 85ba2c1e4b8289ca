import { isPlayheadError } from '../../base/errors.ts';
import { hiveNull } from '../../lake/hive-layout.ts';
import { type Addressed, addressed } from '../../pipeline/address.ts';
import type { Engine } from '../../pipeline/bind.ts';
import { queriesOf } from '../../pipeline/queries.ts';
import { registeredObjects, tableName } from '../../pipeline/table-facts.ts';
import { writerOf } from '../../pipeline/writers.ts';
import type { Queries } from '../../query/queries.ts';
import type { Link, Probe } from '../link.ts';

/**
 * Does each table that the pipeline fills answer a query? It is really asked, of the partition that was written last: unreadable
 * files are found so, and a bucket is not fetched whole.
 */
export const probeQueries: Probe = async (engine, pipeline) => {
  const links: Link[] = [];
  const tables = addressed([pipeline], 'table').flatMap((table) => {
    const writer = writerOf(engine.pipelines, table.address);
    return writer === undefined ? [] : [{ table, writer }];
  });
  if (tables.length === 0) return links;
  const queries = await queriesOf(engine);
  try {
    for (const { table, writer } of tables) {
      const fill =
        writer.kind === 'delivery' ? `playhead deliver ${writer.address} --drain` : `playhead run ${writer.address}`;
      links.push({
        kind: 'query',
        address: table.address,
        ...(await asked(queries, table, await lastPartition(engine, table), fill)),
      });
    }
  } finally {
    await queries.close();
  }
  return links;
};

async function asked(
  queries: Queries,
  table: Addressed<'table'>,
  partition: string,
  fill: string,
): Promise<Pick<Link, 'ok' | 'finding' | 'remedy'>> {
  const sql = `SELECT * FROM ${tableName(table)}${partition} LIMIT 1`;
  try {
    const result = await queries.run(sql);
    let rows = 0;
    for await (const page of result.pages) rows += page.length;
    if (rows > 0) return { ok: true, finding: `${tableName(table)} answers` };
    return { ok: false, finding: `${tableName(table)} answers with no rows`, remedy: fill };
  } catch (error) {
    if (!isPlayheadError(error)) throw error;
    if (error.code === 'PH_TABLE_UNKNOWN' || error.code === 'PH_DATABASE_UNKNOWN')
      return { ok: false, finding: `${tableName(table)} is not in the catalog`, remedy: fill };
    return { ok: false, finding: `${error.code}: ${error.message}`, remedy: error.hint ?? 'playhead ledger' };
  }
}

const athenaTypes = { int: 'INTEGER', bigint: 'BIGINT', string: 'VARCHAR', date: 'DATE' } as const;

/** A WHERE of the newest partition that has rows; empty of a table without partitions, or without rows. */
async function lastPartition(engine: Engine, table: Addressed<'table'>): Promise<string> {
  const columns = Object.entries(table.definition.partitions);
  const sortable = (values: readonly string[]): string => values.map((value) => value.padStart(10, '0')).join('/');
  let newest: readonly string[] | undefined;
  for (const { rows, partition } of columns.length === 0 ? [] : await registeredObjects(engine, table))
    if (rows > 0 && (newest === undefined || sortable(partition) > sortable(newest))) newest = partition;
  if (newest === undefined || newest.includes(hiveNull)) return '';
  const values = newest.map((value) => `'${value.replaceAll("'", "''")}'`);
  const wanted = columns.map(([name, type], i) => `"${name}" = CAST(${values[i]} AS ${athenaTypes[type]})`);
  return ` WHERE ${wanted.join(' AND ')}`;
}
