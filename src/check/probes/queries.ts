import { isPlayheadError } from '../../base/errors.ts';
import { formatCount } from '../../base/units.ts';
import type { TableObject } from '../../catalog/catalog.ts';
import { hiveNull } from '../../lake/hive-layout.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { queriesOf } from '../../pipeline/engine/queries.ts';
import { registeredObjects, registeredRows } from '../../pipeline/engine/registered-objects.ts';
import { type Addressed, addressed } from '../../pipeline/graph/address.ts';
import { tableName } from '../../pipeline/graph/table-names.ts';
import { writerOf } from '../../pipeline/graph/writers.ts';
import type { Queries } from '../../query/queries.ts';
import { type Found, faulty, type Link, type Probe, waiting, well } from '../link.ts';

/**
 * Does each table that the pipeline fills answer a query? It is really asked, of the partition that was written last: unreadable
 * files are found so, and a bucket is not fetched whole.
 */
export const probeQueries: Probe = async (engine, pipeline) => {
  const links: Link[] = [];
  const tables = addressed([pipeline], 'table').filter(
    ({ address }) => writerOf(engine.pipelines, address) !== undefined,
  );
  if (tables.length === 0) return links;
  const queries = await queriesOf(engine);
  try {
    for (const table of tables) {
      links.push({ kind: 'query', address: table.address, ...(await look(engine, queries, table)) });
    }
  } finally {
    await queries.close();
  }
  return links;
};

async function look(engine: Engine, queries: Queries, table: Addressed<'table'>): Promise<Found> {
  // That nothing is in it is said of what fills it.
  const empty = waiting(`${tableName(table)} has no rows to ask for`);
  const objects = (await registeredObjects(engine, table)).filter(({ rows }) => rows > 0);
  if (objects.length === 0) return empty;
  try {
    const { pages } = await queries.run(`SELECT * FROM ${tableName(table)}${lastPartition(table, objects)} LIMIT 1`);
    let rows = 0;
    for await (const page of pages) rows += page.length;
    if (rows > 0) return well(`${tableName(table)} answers`);
  } catch (error) {
    if (!isPlayheadError(error)) throw error;
    return faulty(`${error.code}: ${error.message}`, error.hint ?? 'playhead ledger');
  }
  // What was there a moment ago may have been taken away since.
  const committed = await registeredRows(engine, table);
  if (committed === 0) return empty;
  return faulty(`${tableName(table)} answers with no rows, and has ${formatCount(committed)}`, 'playhead rebuild');
}

const athenaTypes = { int: 'INTEGER', bigint: 'BIGINT', string: 'VARCHAR', date: 'DATE' } as const;

/** A WHERE of the newest partition of these objects; empty of a table without partitions. */
function lastPartition({ definition }: Addressed<'table'>, objects: readonly TableObject[]): string {
  const columns = Object.entries(definition.partitions);
  if (columns.length === 0) return '';
  const sortable = (values: readonly string[]): string => values.map((value) => value.padStart(10, '0')).join('/');
  let newest: readonly string[] | undefined;
  for (const { partition } of objects)
    if (newest === undefined || sortable(partition) > sortable(newest)) newest = partition;
  if (newest === undefined || newest.includes(hiveNull)) return '';
  const values = newest.map((value) => `'${value.replaceAll("'", "''")}'`);
  const wanted = columns.map(([name, type], i) => `"${name}" = CAST(${values[i]} AS ${athenaTypes[type]})`);
  return ` WHERE ${wanted.join(' AND ')}`;
}
