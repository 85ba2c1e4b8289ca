import type { CatalogTable, Column } from '../catalog.ts';
import { hiveTypeText, parseHiveType } from '../hive-type.ts';
import { openCsvSerde, serdeClassKey, serdePrefix } from '../table-parameters.ts';
import { type InferredColumn, mergeColumns, mergeTypes, settledType } from './merge-types.ts';
import { estimatedRows, type FolderProfile } from './profile.ts';
import type { TableReport } from './report.ts';

/** Marks a table that a crawler made: its column types follow the data. What a person or a job declared stays declared. */
const madeByCrawler = { CrawlerSchemaSerializerVersion: '1.0', CrawlerSchemaDeserializerVersion: '1.0' };

export function isMadeByCrawler(table: CatalogTable): boolean {
  return table.series === undefined && 'CrawlerSchemaSerializerVersion' in table.parameters;
}

export const deprecatedKey = 'DEPRECATED_BY_CRAWLER';

/** What a table's objects amount to. */
export interface Statistics {
  readonly objects: number;
  readonly sizeBytes: number;
  readonly records: number;
}

export function folderStatistics(folders: readonly FolderProfile[]): Statistics {
  return {
    objects: sum(folders.map((folder) => folder.objects)),
    sizeBytes: sum(folders.map((folder) => folder.sizeBytes)),
    records: sum(folders.map(estimatedRows)),
  };
}

/** The columns of all folders together, without those that the path gives. */
export function inferredColumns(
  folders: readonly FolderProfile[],
  partitionKeys: readonly Column[],
): readonly InferredColumn[] {
  const keys = new Set(partitionKeys.map((key) => key.name));
  return folders
    .reduce<readonly InferredColumn[]>((all, folder) => mergeColumns(all, folder.columns), [])
    .filter((column) => !keys.has(column.name.toLowerCase()));
}

/** A table of the crawler's own. */
export function newTable(
  table: Pick<CatalogTable, 'database' | 'name' | 'location' | 'partitionKeys'>,
  folders: readonly FolderProfile[],
  crawler: string,
): Omit<CatalogTable, 'version'> {
  const inferred = inferredColumns(folders, table.partitionKeys);
  const [first] = folders;
  return {
    ...table,
    columns: inferred.map(columnOf),
    format: first?.format ?? 'json',
    parameters: {
      ...madeByCrawler,
      ...formatParameters(folders, inferred),
      ...statisticsParameters(folderStatistics(folders), crawler, first?.format ?? 'json'),
    },
  };
}

export type ColumnChanges = Pick<TableReport, 'columnsAdded' | 'columnsChanged'>;

/**
 * What the data has beyond the table's columns: those that are missing, and, in a table of the crawler's own, types that
 * have become wider. Columns are never dropped and types never narrow, since not every object is opened.
 */
export function columnChanges(table: CatalogTable, inferred: readonly InferredColumn[]): ColumnChanges {
  const known = new Map(table.columns.map((column) => [column.name, column.type]));
  const columnsAdded = inferred.filter((column) => !known.has(column.name.toLowerCase())).map(columnOf);
  if (!isMadeByCrawler(table)) return { columnsAdded, columnsChanged: [] };
  const columnsChanged = inferred.flatMap((column) => {
    const from = known.get(column.name.toLowerCase());
    if (from === undefined) return [];
    const to = hiveTypeText(settledType(mergeTypes(parseHiveType(from), column.type)));
    return to === from ? [] : [{ name: column.name.toLowerCase(), from, to }];
  });
  return { columnsAdded, columnsChanged };
}

export function withColumnChanges(
  table: CatalogTable,
  changes: ColumnChanges,
  folders: readonly FolderProfile[],
): CatalogTable {
  const types = new Map(changes.columnsChanged.map(({ name, to }) => [name, to]));
  const columns = [
    ...table.columns.map((column) => ({ ...column, type: types.get(column.name) ?? column.type })),
    ...changes.columnsAdded,
  ];
  const own = isMadeByCrawler(table) ? formatParameters(folders, inferredColumns(folders, table.partitionKeys)) : {};
  return { ...table, columns, parameters: { ...table.parameters, ...own } };
}

/** Counts and marks; a table whose objects are back is no longer deprecated. */
export function withStatistics(table: CatalogTable, statistics: Statistics, crawler: string): CatalogTable {
  const { [deprecatedKey]: _, ...parameters } = table.parameters;
  return { ...table, parameters: { ...parameters, ...statisticsParameters(statistics, crawler, table.format) } };
}

function statisticsParameters(statistics: Statistics, crawler: string, format: string): Record<string, string> {
  const { objects, sizeBytes, records } = statistics;
  return {
    UPDATED_BY_CRAWLER: crawler,
    classification: format,
    typeOfData: 'file',
    objectCount: String(objects),
    sizeKey: String(sizeBytes),
    recordCount: String(records),
    averageRecordSize: String(records === 0 ? 0 : Math.round(sizeBytes / records)),
  };
}

function formatParameters(
  folders: readonly FolderProfile[],
  inferred: readonly InferredColumn[],
): Record<string, string> {
  const kinds = [...new Set(folders.map((folder) => folder.compression))].sort();
  const compressionType = kinds.length === 1 ? (kinds[0] ?? 'none') : kinds.join(',');
  const [first] = folders;
  if (first?.format === 'json')
    return {
      compressionType,
      [`${serdePrefix}paths`]: inferred
        .map((column) => column.name)
        .sort()
        .join(','),
    };
  if (first?.csv === undefined) return { compressionType };
  const quote = folders.map((folder) => folder.csv?.quote).find((each) => each !== undefined && each !== '');
  return {
    compressionType,
    delimiter: first.csv.delimiter,
    areColumnsQuoted: String(quote !== undefined),
    ...(first.csv.header ? { 'skip.header.line.count': '1' } : {}),
    ...(quote === undefined
      ? { [`${serdePrefix}field.delim`]: first.csv.delimiter }
      : {
          [serdeClassKey]: openCsvSerde,
          [`${serdePrefix}separatorChar`]: first.csv.delimiter,
          [`${serdePrefix}quoteChar`]: quote,
          // Quotes inside a field are doubled (RFC 4180): the quote is its own escape.
          [`${serdePrefix}escapeChar`]: quote,
        }),
  };
}

function columnOf(column: InferredColumn): Column {
  return { name: column.name.toLowerCase(), type: hiveTypeText(settledType(column.type)) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
