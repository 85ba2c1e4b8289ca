import { PlayheadError } from '../base/errors.ts';
import type { CatalogTable, CatalogView, Column, Partition } from './catalog.ts';

/** Names are case-insensitive: this is how they are kept. Throws PH_CATALOG_INVALID for one that can't be a name. */
export function nameKey(name: string): string {
  const key = name.trim().toLowerCase();
  if (key === '' || key.length > 255 || /[\p{Cc}`"/.]/u.test(key))
    throw new PlayheadError('PH_CATALOG_INVALID', `not a name of the catalog: ${JSON.stringify(name)}`, {
      hint: 'a name has 1 to 255 characters, and no dot, slash, quote or control character',
    });
  return key;
}

/** The table as it is kept: names in lower case, columns unique, the location a prefix. Throws PH_CATALOG_INVALID. */
export function canonicalTable(table: Omit<CatalogTable, 'version'>): Omit<CatalogTable, 'version'> {
  const columns = table.columns.map(canonicalColumn);
  const partitionKeys = table.partitionKeys.map(canonicalColumn);
  const full = `${table.database}.${table.name}`;
  checkDistinct([...columns, ...partitionKeys], full);
  return {
    database: nameKey(table.database),
    name: nameKey(table.name),
    columns,
    partitionKeys,
    location: canonicalLocation(table.location, full),
    format: table.format,
    parameters: Object.fromEntries(Object.entries(table.parameters).sort(([a], [b]) => (a < b ? -1 : 1))),
    ...(table.series === undefined ? {} : { series: table.series }),
  };
}

/** The view as it is kept: names in lower case, columns unique. Throws PH_CATALOG_INVALID. */
export function canonicalView(view: CatalogView): CatalogView {
  const columns = view.columns.map(canonicalColumn);
  checkDistinct(columns, `${view.database}.${view.name}`);
  return {
    ...view,
    database: nameKey(view.database),
    name: nameKey(view.name),
    sqlDatabase: nameKey(view.sqlDatabase),
    columns,
  };
}

function checkDistinct(columns: readonly Column[], of: string): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name)) throw new PlayheadError('PH_CATALOG_INVALID', `${of} has the column ${name} twice`);
    seen.add(name);
  }
}

function canonicalColumn(column: Column): Column {
  const name = column.name.trim().toLowerCase();
  const type = column.type.trim();
  if (name === '' || type === '')
    throw new PlayheadError('PH_CATALOG_INVALID', `a column needs a name and a type: ${JSON.stringify(column)}`);
  return column.comment === undefined || column.comment === ''
    ? { name, type }
    : { name, type, comment: column.comment };
}

function canonicalLocation(location: string, of: string): string {
  const prefix = location === '' || location.endsWith('/') ? location : `${location}/`;
  if (prefix.startsWith('/') || prefix.split('/').some((segment) => segment === '.' || segment === '..'))
    throw new PlayheadError('PH_CATALOG_INVALID', `the location of ${of} is not a prefix in the lake: ${location}`);
  return prefix;
}

/** The partition as it is kept. Throws PH_CATALOG_INVALID when it has not one value for each key of the table. */
export function checkedPartition(table: CatalogTable, partition: Partition): Partition {
  const full = `${table.database}.${table.name}`;
  const keys = table.partitionKeys.map((key) => key.name);
  if (partition.values.length !== keys.length)
    throw new PlayheadError(
      'PH_CATALOG_INVALID',
      `a partition of ${full} needs a value for each of ${keys.join(', ') || 'no keys'}: ${JSON.stringify(partition.values)}`,
    );
  return { values: partition.values, location: canonicalLocation(partition.location, full) };
}

/**
 * Where a partition lies, from the key of an object in it: the folder below the table's location, as many levels
 * deep as there are partition keys; the object's own folder where it lies elsewhere.
 */
export function partitionLocation(table: CatalogTable, values: readonly string[], key: string): string {
  const folder = key.slice(0, key.lastIndexOf('/') + 1);
  if (!folder.startsWith(table.location)) return folder;
  const levels = folder.slice(table.location.length).split('/').slice(0, -1);
  return levels.length < values.length
    ? folder
    : `${table.location}${levels
        .slice(0, values.length)
        .map((level) => `${level}/`)
        .join('')}`;
}
