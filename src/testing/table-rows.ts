import type { PipelineDefinition } from '../pipeline/definition.ts';
import { addressed, resolveAddress } from '../pipeline/graph/address.ts';
import { tableName } from '../pipeline/graph/table-names.ts';
import type { Queries } from '../query/queries.ts';
import type { Row } from './assertions.ts';

/** A name without a space is a table. */
export function sqlOf(tableOrSql: string, pipelines: readonly PipelineDefinition[]): string {
  if (/\s/.test(tableOrSql.trim())) return tableOrSql;
  const tables = addressed(pipelines, 'table');
  const named = tables.find((entry) => tableName(entry) === tableOrSql);
  return `SELECT * FROM ${tableName(named ?? resolveAddress(pipelines, tableOrSql, ['table']))}`;
}

/** The whole result of a query. */
export async function rowsOf(queries: Queries, sql: string): Promise<readonly Row[]> {
  const { columns, pages } = await queries.run(sql);
  const rows: Row[] = [];
  for await (const page of pages)
    for (const values of page) rows.push(Object.fromEntries(columns.map(({ name }, i) => [name, values[i] ?? null])));
  return rows;
}
