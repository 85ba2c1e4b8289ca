import { join } from 'node:path';
import { isPlayheadError, PlayheadError } from '../base/errors.ts';
import type { CatalogTable, Column } from '../catalog/catalog.ts';
import { csvDialect } from '../catalog/table-parameters.ts';
import { type DuckSession, sqlIdentifier } from '../duck/duck.ts';
import { lakePrefix } from '../sql/ddl/location.ts';
import { engineError } from '../sql/engine-error.ts';
import { positionOf, sqlError } from '../sql/source-position.ts';
import type { QueryStatement } from '../sql/statement.ts';
import { duckTypeOf } from './column-type.ts';
import { describeQuery } from './describe-query.ts';
import { fixedResult } from './fixed-result.ts';
import { prepareQuery, type QueryKernel } from './prepare.ts';
import type { PreparedQuery } from './prepared-query.ts';
import { queryFailure } from './query-failure.ts';
import { summarise } from './run-query.ts';
import type { QueryOptions, QueryResult } from './settings.ts';
import { targetOf } from './target.ts';
import { type FileShape, type Written, writeFiles } from './write-files.ts';
import { fileShape } from './write-shape.ts';

type Of<K extends QueryStatement['kind']> = Extract<QueryStatement, { kind: K }>;

const countColumn: readonly Column[] = [{ name: 'rows', type: 'bigint' }];

/** `CREATE TABLE … AS`: the objects first, then the table: a table that can be seen is whole. */
export async function createTableAs(
  kernel: QueryKernel,
  statement: Of<'create-table-as'>,
  options: QueryOptions,
  elapsed: () => number,
): Promise<QueryResult> {
  const { catalog } = kernel.ports;
  const { database, name } = targetOf(kernel, statement.table, options);
  if ((await catalog.table(database, name)) !== undefined) {
    if (statement.ifNotExists) return fixedResult([], [], elapsed);
    throw sqlError('PH_TABLE_EXISTS', `there is a table ${database}.${name}`, statement.query, statement.table.at);
  }
  await refuseView(kernel, database, statement);
  const shape = fileShape(statement.properties, statement.query, 'snappy');
  const location = await emptyPrefix(
    kernel,
    statement.properties['external_location'] ?? `tables/${database}/${name}/`,
    statement,
  );
  const prepared = await prepareQuery(kernel, statement.query, options);
  return withQuery(kernel, prepared, elapsed, async (session) => {
    const columns = await describeQuery(session, prepared);
    const partitionKeys = partitionColumns(columns, shape, statement);
    const written = await write(kernel, session, prepared.translation.sql, location, shape);
    const kept = columns.slice(0, columns.length - partitionKeys.length);
    const parameters = shape.format === 'csv' ? { 'serde.field.delim': shape.delimiter ?? '\u0001' } : {};
    await catalog.putTable(
      { database, name, columns: kept, partitionKeys, location, format: shape.format, parameters },
      0,
    );
    await registerPartitions(kernel, { database, name, location }, written);
    return written;
  });
}

/** `INSERT INTO`: new objects under the table's location. A table that commits make is not the user's to write to. */
export async function insertInto(
  kernel: QueryKernel,
  statement: Of<'insert'>,
  options: QueryOptions,
  elapsed: () => number,
): Promise<QueryResult> {
  const { database, name } = targetOf(kernel, statement.table, options);
  const table = await kernel.ports.catalog.table(database, name);
  const { query } = statement;
  if (table === undefined) await refuseView(kernel, database, statement);
  if (table === undefined)
    throw sqlError('PH_TABLE_UNKNOWN', `there is no table ${database}.${name}`, query, statement.table.at);
  const isOwned = table.series !== undefined || kernel.settings.committed?.has(`${database}.${name}`) === true;
  if (isOwned || (await kernel.ports.catalog.objects(database, name)).length > 0)
    throw sqlError(
      'PH_SQL_UNSUPPORTED',
      `the rows of ${database}.${name} are those that a delivery or job commits`,
      query,
      statement.table.at,
    );
  const prepared = await prepareQuery(kernel, query, options);
  return withQuery(kernel, prepared, elapsed, async (session) => {
    const given = await describeQuery(session, prepared);
    const sql = fitted(table, given, statement, prepared);
    const written = await write(kernel, session, sql, table.location, shapeOf(table));
    await registerPartitions(kernel, table, written);
    return written;
  });
}

/** `UNLOAD (…) TO '…'`: objects without a table. */
export async function unload(
  kernel: QueryKernel,
  statement: Of<'unload'>,
  options: QueryOptions,
  elapsed: () => number,
): Promise<QueryResult> {
  const shape = fileShape(statement.properties, statement.query, 'gzip');
  const location = await emptyPrefix(kernel, statement.to, statement);
  const prepared = await prepareQuery(kernel, statement.query, options);
  return withQuery(kernel, prepared, elapsed, async (session) => {
    partitionColumns(await describeQuery(session, prepared), shape, statement);
    return write(kernel, session, prepared.translation.sql, location, shape);
  });
}

async function withQuery(
  kernel: QueryKernel,
  prepared: PreparedQuery,
  elapsed: () => number,
  work: (session: DuckSession) => Promise<Written>,
): Promise<QueryResult> {
  await using _held = prepared.held;
  const { duck } = kernel.ports;
  await using session = await duck.connect();
  try {
    await session.run('SET errors_as_json = true');
    await session.run(prepared.setup.join(';\n'));
    const { rows } = await work(session);
    const cost = await summarise(prepared, rows, false, elapsed(), duck);
    return fixedResult(countColumn, [[BigInt(rows)]], elapsed, cost);
  } catch (error) {
    // DuckDB's own failures say their kind. Their place is one in what writes, not in the query.
    if (isPlayheadError(error) && error.details['kind'] === undefined) throw error;
    throw await queryFailure(engineError(error, ''), prepared, kernel.effects);
  }
}

async function refuseView(
  { ports }: QueryKernel,
  database: string,
  { table, query }: Of<'insert'> | Of<'create-table-as'>,
): Promise<void> {
  if ((await ports.catalog.view(database, table.name)) === undefined) return;
  throw sqlError('PH_SQL_INVALID', `${database}.${table.name} is a view: no rows can be put into it`, query, table.at);
}

function write(
  kernel: QueryKernel,
  session: DuckSession,
  sql: string,
  prefix: string,
  shape: FileShape,
): Promise<Written> {
  const { ports, effects } = kernel;
  const name = `${effects.random.uint32().toString(16).padStart(8, '0')}${effects.random.uint32().toString(16).padStart(8, '0')}`;
  return writeFiles(
    session,
    ports.lake,
    sql,
    prefix,
    shape,
    name,
    join(ports.duck.temporaryDirectory, `write-${name}`),
    effects,
  );
}

async function registerPartitions(
  { ports }: QueryKernel,
  table: Pick<CatalogTable, 'database' | 'name' | 'location'>,
  written: Written,
): Promise<void> {
  const partitions = new Map(
    written.objects
      .filter(({ partition }) => partition.length > 0)
      .map(({ key, partition }) => [key.slice(0, key.lastIndexOf('/') + 1), partition]),
  );
  if (partitions.size > 0)
    await ports.catalog.addPartitions(
      table.database,
      table.name,
      [...partitions].map(([location, values]) => ({ location, values })),
    );
}

/** Athena writes only where nothing lies yet. */
async function emptyPrefix(
  { ports }: QueryKernel,
  location: string | readonly string[],
  statement: { readonly query: string },
): Promise<string> {
  const prefix = lakePrefix(String(location), positionOf(statement.query, 0));
  const { objects } = await ports.lake.list(prefix, { limit: 1 });
  if (objects.length === 0) return prefix;
  throw new PlayheadError('PH_OBJECT_EXISTS', `there are objects under ${prefix} already`, {
    hint: 'Name another location, or delete them first.',
    details: { prefix },
  });
}

/** Partition columns must be the last of the query, in their order. */
function partitionColumns(
  columns: readonly Column[],
  { partitionedBy }: FileShape,
  { query }: { readonly query: string },
): readonly Column[] {
  const last = columns.slice(columns.length - partitionedBy.length);
  if (last.every(({ name }, i) => name === partitionedBy[i]) && columns.length > partitionedBy.length) return last;
  throw sqlError(
    'PH_SQL_INVALID',
    `the last columns must be those of partitioned_by: ${partitionedBy.join(', ')}`,
    query,
    undefined,
  );
}

/** The query's columns as the table has them: by place, or by the statement's list; what is left out is NULL. */
function fitted(
  table: CatalogTable,
  given: readonly Column[],
  { columns, query }: Of<'insert'>,
  { translation }: PreparedQuery,
): string {
  const all = [...table.columns, ...table.partitionKeys];
  const names = columns.length > 0 ? columns : all.map(({ name }) => name.toLowerCase());
  const unknown = columns.find((name) => !all.some((column) => column.name.toLowerCase() === name));
  if (unknown !== undefined)
    throw sqlError('PH_SQL_INVALID', `${table.name} has no column ${unknown}`, query, undefined);
  if (names.length !== given.length)
    throw sqlError(
      'PH_SQL_INVALID',
      `the query has ${given.length} columns, ${names.length} are inserted`,
      query,
      undefined,
    );
  const items = all.map((column) => {
    const place = names.indexOf(column.name.toLowerCase());
    const value = place < 0 ? 'NULL' : sqlIdentifier(`athena_${place}`);
    return `CAST(${value} AS ${duckTypeOf(column.type)}) AS ${sqlIdentifier(column.name)}`;
  });
  const source = given.map((_, i) => sqlIdentifier(`athena_${i}`)).join(', ');
  return `SELECT ${items.join(', ')} FROM (${translation.sql}) AS athena_rows (${source})`;
}

function shapeOf(table: CatalogTable): FileShape {
  const partitionedBy = table.partitionKeys.map(({ name }) => name);
  if (table.format === 'parquet') return { format: 'parquet', compression: 'snappy', partitionedBy };
  if (table.format === 'json') return { format: 'json', compression: 'gzip', partitionedBy };
  const { delimiter, nullText, headerLines } = csvDialect(table);
  return { format: 'csv', compression: 'gzip', partitionedBy, delimiter, nullText, header: headerLines > 0 };
}
