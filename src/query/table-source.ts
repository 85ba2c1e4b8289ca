import { csvDialect, jsonFieldNames } from '../catalog/table-parameters.ts';
import { sqlIdentifier, sqlString } from '../duck/duck.ts';
import { csvRows, jsonObjectRows, jsonRows, parquetRows } from '../duck/file-rows.ts';
import type { TableRead } from './read-set.ts';

/** What a view of a table selects from. */
export interface TableSource {
  readonly from: string;
  /** Whether the files have the column at all. */
  readonly has: (column: string) => boolean;
}

/**
 * `columns`: names of the table's own. `present`: for Parquet, the columns of each file. `malformed`: the sequence
 * that counts the lines which are no JSON objects; absent where such a line fails the query.
 */
type Reader = (
  read: TableRead,
  columns: readonly string[],
  present: ReadonlyMap<string, ReadonlySet<string>>,
  malformed: string | undefined,
) => TableSource;

const pathsOf = ({ files }: TableRead): readonly string[] => files.map((file) => file.path);

/** Each line an object: without `records`, DuckDB would read a line of another kind whole into a table of one column. */
const strictJson: Reader = (read, columns) => {
  const names = jsonFieldNames(read.table);
  const fieldOf = (name: string): string => names.get(name) ?? name;
  const fields = columns.map((name) => `${sqlString(fieldOf(name))}: 'VARCHAR'`);
  const lines = jsonRows(
    pathsOf(read),
    `columns = {${fields.join(', ') || "'athena_none': 'VARCHAR'"}}`,
    "format = 'newline_delimited', records = true",
  );
  const renamed = columns.filter((name) => fieldOf(name) !== name);
  if (renamed.length === 0) return { from: lines, has: () => true };
  const list = renamed.map((name) => `${sqlIdentifier(fieldOf(name))} AS ${sqlIdentifier(name)}`).join(', ');
  return { from: `(SELECT * RENAME (${list}), file_index FROM ${lines})`, has: () => true };
};

/** A line that is no object is a row of NULLs, and counted once, whichever columns are read. */
function lenientJson(read: TableRead, columns: readonly string[], malformed: string): TableSource {
  const names = jsonFieldNames(read.table);
  // A JSON pointer takes any name, a path would not.
  const pointer = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const fields = columns.map(
    (name) =>
      `json_extract_string(athena_object, ${sqlString(pointer(names.get(name) ?? name))}) AS ${sqlIdentifier(name)}`,
  );
  const isObject = `coalesce(json_type(json) = 'OBJECT', false)`;
  const lines = jsonObjectRows(pathsOf(read), "format = 'newline_delimited', ignore_errors = true");
  const objects = `SELECT CASE WHEN ${isObject} THEN json END AS athena_object, file_index FROM ${lines} WHERE ${isObject} OR nextval('${malformed}') > 0`;
  return { from: `(SELECT ${[...fields, 'file_index'].join(', ')} FROM (${objects}))`, has: () => true };
}

const json: Reader = (read, columns, present, malformed) =>
  malformed === undefined ? strictJson(read, columns, present, malformed) : lenientJson(read, columns, malformed);

const csv: Reader = (read, columns) => {
  const { delimiter, quote, escape: escapeMark, headerLines, nullText } = csvDialect(read.table);
  const options = [
    `columns = {${columns.map((name) => `${sqlString(name)}: 'VARCHAR'`).join(', ')}}`,
    'auto_detect = false',
    'header = false',
    `skip = ${headerLines}`,
    `delim = ${sqlString(delimiter)}`,
    `quote = ${sqlString(quote)}`,
    `escape = ${sqlString(escapeMark)}`,
    `nullstr = ${sqlString(nullText)}`,
    'null_padding = true',
    'strict_mode = false',
  ];
  return { from: csvRows(pathsOf(read), ...options), has: () => true };
};

/** Files with other columns than the first are read by name, which opens each of them beforehand. */
const parquet: Reader = (read, _columns, present) => {
  const sets = read.files.map((file) => present.get(file.path) ?? new Set<string>());
  const all = new Set(sets.flatMap((set) => [...set]));
  const same = sets.every((set) => set.size === all.size);
  const from = parquetRows(pathsOf(read), `union_by_name = ${!same}`);
  return { from, has: (column) => all.has(column.toLowerCase()) };
};

const readers: Readonly<Record<TableRead['table']['format'], Reader>> = { json, csv, parquet };

/** Reads exactly the files, every column as text but for Parquet. */
export const tableSource: Reader = (read, columns, present, malformed) =>
  readers[read.table.format](read, columns, present, malformed);
