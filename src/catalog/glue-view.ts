import type { CatalogView } from './catalog.ts';
import { trinoType } from './trino-type.ts';

/**
 * A view as Glue keeps it for Athena: what the query engine reads is the Presto view, JSON in base64 within a comment, of
 * which Hive's own text is a placeholder.
 */
export function glueView(view: CatalogView): Readonly<Record<string, string>> {
  const presto = {
    originalSql: view.sql,
    catalog: 'awsdatacatalog',
    schema: view.sqlDatabase,
    columns: view.columns.map(({ name, type }) => ({ name, type: trinoType(type) })),
  };
  return {
    TableType: 'VIRTUAL_VIEW',
    ViewOriginalText: `/* Presto View: ${Buffer.from(JSON.stringify(presto)).toString('base64')} */`,
    ViewExpandedText: '/* Presto View */',
    ...(view.comment === undefined ? {} : { Comment: view.comment }),
  };
}
