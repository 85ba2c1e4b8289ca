import { suggestion } from '../../base/nearest.ts';
import type { CatalogView } from '../../catalog/catalog.ts';
import { glueView } from '../../catalog/glue-view.ts';
import { namePattern } from './name-pattern.ts';
import { refusal } from './refusal.ts';
import { type DdlContext, type DdlResult, databaseOf, listing, nothingToShow, tablesAt, viewNamed } from './session.ts';
import type { DdlStatement, TableName } from './statement.ts';

type Of<K extends DdlStatement['kind']> = Extract<DdlStatement, { kind: K }>;

export async function showViews(statement: Of<'show-views'>, context: DdlContext): Promise<DdlResult> {
  const database = statement.database ?? { name: context.database, place: { line: 1, column: 1 } };
  await tablesAt(database.name, database.place, context);
  const names = (await context.catalog.views(database.name)).map(({ name }) => name);
  return listing(
    ['views'],
    names.filter(namePattern(statement.pattern)).map((name) => [name]),
  );
}

export async function dropView(statement: Of<'drop-view'>, context: DdlContext): Promise<DdlResult> {
  if (statement.ifExists && (await viewNamed(statement.view, context)) === undefined) return nothingToShow;
  const { database, name } = await existingView(statement.view, context);
  await context.catalog.dropView(database, name);
  return nothingToShow;
}

/** A line a row; the lines together are a statement that makes the same view again. */
export async function showCreateView(statement: Of<'show-create-view'>, context: DdlContext): Promise<DdlResult> {
  const { database, name, comment, sql } = await existingView(statement.view, context);
  const said = comment === undefined ? '' : ` COMMENT '${comment.replaceAll("'", "''")}'`;
  return listing(
    ['Create View'],
    [`CREATE VIEW ${database}.${name}${said} AS`, ...sql.split('\n')].map((line) => [line]),
  );
}

export function describeView(view: CatalogView, extended: boolean): DdlResult {
  const details = Object.entries(glueView(view)).map(([name, value]) => [`${name}:`, value, '']);
  return listing(
    ['col_name', 'data_type', 'comment'],
    [
      ...view.columns.map(({ name, type, comment }) => [name, type, comment ?? '']),
      ...(extended ? [['', '', ''], ['# Detailed Table Information', '', ''], ...details] : []),
    ],
  );
}

async function existingView(name: TableName, context: DdlContext): Promise<CatalogView> {
  const found = await viewNamed(name, context);
  if (found !== undefined) return found;
  const database = databaseOf(name, context);
  const tables = await tablesAt(database, name.place, context);
  if (tables.some((table) => table.name === name.name))
    throw refusal(
      'PH_SQL_INVALID',
      name.place,
      `${database}.${name.name} is a table`,
      'use DROP TABLE, SHOW CREATE TABLE',
    );
  const views = (await context.catalog.views(database)).map((view) => view.name);
  const hint = suggestion(name.name, views) || `the database ${database} has no views`;
  throw refusal('PH_TABLE_UNKNOWN', name.place, `there is no view ${database}.${name.name}`, hint);
}
