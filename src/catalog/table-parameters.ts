import type { CatalogTable } from './catalog.ts';

/**
 * What `CatalogTable.parameters` holds: Hive's table properties under their own names (`classification`, `recordCount`,
 * `skip.header.line.count`, `comment`), and the settings of the SerDe under `serde.` (`serde.field.delim`), its class
 * under `serde.class`.
 */
export const serdePrefix = 'serde.';
export const serdeClassKey = 'serde.class';
export const ignoreMalformedKey = 'ignore.malformed.json';

export interface CsvDialect {
  readonly delimiter: string;
  /** Empty: fields are never quoted. */
  readonly quote: string;
  /** Empty: nothing is escaped. */
  readonly escape: string;
  /** Lines at the top of each object that are no data. */
  readonly headerLines: number;
  /** The text that reads as NULL. */
  readonly nullText: string;
}

export const openCsvSerde = 'org.apache.hadoop.hive.serde2.OpenCSVSerde';
export const lazySimpleSerde = 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe';

/**
 * How the objects of a CSV table read, with the defaults of its SerDe: OpenCSVSerde quotes with `"` and escapes with a
 * backslash; LazySimpleSerDe (the default) never quotes, divides by Ctrl-A unless told otherwise, and writes NULL as `\N`.
 */
export function csvDialect(table: Pick<CatalogTable, 'parameters'>): CsvDialect {
  const of = (name: string): string | undefined => table.parameters[`${serdePrefix}${name}`];
  const headerLines = Number(table.parameters['skip.header.line.count'] ?? '0');
  if (table.parameters[serdeClassKey] === openCsvSerde)
    return {
      delimiter: of('separatorChar') ?? ',',
      quote: of('quoteChar') ?? '"',
      escape: of('escapeChar') ?? '\\',
      headerLines,
      nullText: '',
    };
  return {
    delimiter: of('field.delim') ?? '\u0001',
    quote: '',
    escape: of('escape.delim') ?? '',
    headerLines,
    nullText: of('serialization.null.format') ?? '\\N',
  };
}

/**
 * JSON names of the columns, where they are not the columns' own (lower-case) names: Glue's `paths` lists the top-level
 * names as they were found, Hive's `mapping.<column>` names one.
 */
export function jsonFieldNames(table: Pick<CatalogTable, 'parameters' | 'columns'>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const path of (table.parameters[`${serdePrefix}paths`] ?? '').split(','))
    if (path !== '' && path !== path.toLowerCase()) names.set(path.toLowerCase(), path);
  for (const { name } of table.columns) {
    const mapped = table.parameters[`${serdePrefix}mapping.${name}`];
    if (mapped !== undefined) names.set(name, mapped);
  }
  return names;
}

/**
 * Whether a line that is no JSON object reads as a row of NULLs; by default it fails the query. OpenX's property of the
 * SerDe, taken from the table's own too, which `ALTER TABLE … SET TBLPROPERTIES` can change.
 */
export function ignoresMalformed({ format, parameters }: Pick<CatalogTable, 'parameters' | 'format'>): boolean {
  const setting = parameters[ignoreMalformedKey] ?? parameters[`${serdePrefix}${ignoreMalformedKey}`];
  return format === 'json' && setting?.toLowerCase() === 'true';
}
