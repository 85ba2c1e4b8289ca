import { sqlString, sqlStringList } from './duck.ts';

/**
 * Files as relations of SQL: their own columns, and no others. Left to itself DuckDB takes a folder `name=value` anywhere
 * above a file for a column, in place of the file's own of that name: a home, too, may stand under such a folder.
 */
type Files = string | readonly string[];

export function parquetRows(files: Files, ...options: readonly string[]): string {
  return rowsBy('read_parquet', files, options);
}

export function jsonRows(files: Files, ...options: readonly string[]): string {
  return rowsBy('read_json', files, options);
}

/** Each record as one value, `json`. */
export function jsonObjectRows(files: Files, ...options: readonly string[]): string {
  return rowsBy('read_json_objects', files, options);
}

export function csvRows(files: Files, ...options: readonly string[]): string {
  return rowsBy('read_csv', files, options);
}

/** Files with the columns that they are found to have, all of them looked at: one of JSON may know fields that the first lacks. */
export function inferredRows(format: 'parquet' | 'json' | 'csv', files: Files): string {
  if (format === 'parquet') return parquetRows(files, 'union_by_name = true');
  if (format === 'csv') return csvRows(files);
  return jsonRows(files, "format = 'newline_delimited'", 'sample_size = -1', 'union_by_name = true');
}

/** The paths of the files in a folder that match a pattern, whatever characters the folder's own name has: column `file`. */
export function fileNames(folder: string, pattern: string): string {
  return `glob(${sqlString(`${folder.replaceAll(/[[*?]/g, '[$&]')}/${pattern}`)})`;
}

function rowsBy(reader: string, files: Files, options: readonly string[]): string {
  const paths = sqlStringList(typeof files === 'string' ? [files] : files);
  return `${reader}(${[paths, ...options, 'hive_partitioning = false'].join(', ')})`;
}
