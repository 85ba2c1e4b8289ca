import { suggestion } from '../base/nearest.ts';
import type { Catalog, Column } from '../catalog/catalog.ts';
import { trinoType } from '../catalog/trino-type.ts';
import { sqlIdentifier, sqlString } from '../duck/duck.ts';
import { sqlError } from '../sql/source-position.ts';
import type { TranslatedTable } from '../sql/translation.ts';

/** The schema that every catalog has about itself. */
export const informationSchema = 'information_schema';

const catalogName = 'awsdatacatalog';

type Row = Readonly<Record<string, string | number | null>>;

interface SystemTable {
  /** Column → DuckDB's type, in Athena's order. */
  readonly columns: Readonly<Record<string, 'VARCHAR' | 'BIGINT'>>;
  readonly rows: (catalog: Catalog) => Promise<readonly Row[]>;
}

const names = { table_catalog: 'VARCHAR', table_schema: 'VARCHAR', table_name: 'VARCHAR' } as const;

const systemTables: Readonly<Record<string, SystemTable>> = {
  schemata: {
    columns: { catalog_name: 'VARCHAR', schema_name: 'VARCHAR' },
    rows: async (catalog) =>
      [...(await catalog.databases()), informationSchema].map((name) => ({
        catalog_name: catalogName,
        schema_name: name,
      })),
  },
  tables: {
    columns: { ...names, table_type: 'VARCHAR' },
    rows: async (catalog) => [
      ...(await allOf(catalog, catalog.tables)).map((table) => ({ ...named(table), table_type: 'BASE TABLE' })),
      ...(await allOf(catalog, catalog.views)).map((view) => ({ ...named(view), table_type: 'VIEW' })),
    ],
  },
  views: {
    columns: { ...names, view_definition: 'VARCHAR' },
    rows: async (catalog) =>
      (await allOf(catalog, catalog.views)).map((view) => ({ ...named(view), view_definition: view.sql })),
  },
  columns: {
    columns: {
      ...names,
      column_name: 'VARCHAR',
      ordinal_position: 'BIGINT',
      column_default: 'VARCHAR',
      is_nullable: 'VARCHAR',
      data_type: 'VARCHAR',
      comment: 'VARCHAR',
      extra_info: 'VARCHAR',
    },
    rows: async (catalog) => [
      ...(await allOf(catalog, catalog.tables)).flatMap((table) => [
        ...columnRows(table, table.columns, 1, null),
        ...columnRows(table, table.partitionKeys, table.columns.length + 1, 'partition key'),
      ]),
      ...(await allOf(catalog, catalog.views)).flatMap((view) => columnRows(view, view.columns, 1, null)),
    ],
  },
};

/**
 * The statement that makes the view of a mention of `information_schema`: what the catalog says of all databases, as it is
 * now. PH_TABLE_UNKNOWN for a table that it has not.
 */
export async function systemView(mention: TranslatedTable, catalog: Catalog, source: string): Promise<string> {
  const table = systemTables[mention.name];
  if (table === undefined)
    throw sqlError('PH_TABLE_UNKNOWN', `there is no table ${informationSchema}.${mention.name}`, source, mention.at, {
      hint: suggestion(mention.name, Object.keys(systemTables)),
    });
  const type = JSON.stringify([table.columns]);
  // One text: a VALUES list of ten thousand rows takes the parser longer than the query.
  const rows = sqlString(JSON.stringify(await table.rows(catalog)));
  return `CREATE TEMP VIEW ${sqlIdentifier(mention.identifier)} AS SELECT athena_row.* FROM (SELECT unnest(from_json(${rows}, ${sqlString(type)})) AS athena_row)`;
}

async function allOf<T>(catalog: Catalog, list: (database: string) => Promise<readonly T[]>): Promise<readonly T[]> {
  const found = [];
  for (const database of await catalog.databases()) found.push(...(await list(database)));
  return found;
}

const named = ({ database, name }: { readonly database: string; readonly name: string }): Row => ({
  table_catalog: catalogName,
  table_schema: database,
  table_name: name,
});

function columnRows(
  of: { readonly database: string; readonly name: string },
  columns: readonly Column[],
  from: number,
  extra: string | null,
): readonly Row[] {
  return columns.map(({ name, type, comment }, i) => ({
    ...named(of),
    column_name: name,
    ordinal_position: from + i,
    column_default: null,
    is_nullable: 'YES',
    data_type: trinoType(type),
    comment: comment ?? null,
    extra_info: extra,
  }));
}
