import { csvDialect, jsonFieldNames } from '../catalog/table-parameters.ts';
import { sqlIdentifier, sqlString, sqlStringList } from '../duck/duck.ts';
import { hiveNull } from '../lake/hive-layout.ts';
import { duckTypeOf } from './column-type.ts';
import type { TableRead } from './read-set.ts';

/** The statements that make a mention's view, and the counters of values that read as NULL because of their type. */
export interface TableView {
  readonly statements: readonly string[];
  /** Sequence → column: a sequence counts up by one for each mistyped value that the query reads. */
  readonly counters: ReadonlyMap<string, string>;
}

interface ViewColumn {
  readonly name: string;
  readonly type: string;
  readonly counter?: string;
}

/**
 * A view over exactly these files, with the catalog's columns and types, then the partition columns. What the files
 * lack reads as NULL. In JSON and CSV a value that is not of its column's type reads as NULL too, and is counted.
 * The counters are sequences seen by every connection, for they are read when the query is over; `queryId` keeps them apart.
 * `wanted`: names of the columns that the query mentions, `*` for all. `present`: for Parquet, the columns of each file.
 */
export function tableView(
  read: TableRead,
  wanted: ReadonlySet<string>,
  present: ReadonlyMap<string, ReadonlySet<string>>,
  queryId: string,
): TableView {
  const { table, mention } = read;
  const keys = new Set(table.partitionKeys.map((key) => key.name.toLowerCase()));
  const counters = new Map<string, string>();
  const columns = table.columns
    .filter((column) => !keys.has(column.name.toLowerCase()))
    .map((column, i): ViewColumn => {
      const type = duckTypeOf(column.type);
      const counted = table.format !== 'parquet' && type !== 'VARCHAR';
      if (!counted || !(wanted.has('*') || wanted.has(column.name.toLowerCase()))) return { name: column.name, type };
      const counter = `athena_mistyped_${queryId}_${mention.identifier}_${i}`;
      counters.set(counter, column.name);
      return { name: column.name, type, counter };
    });
  const isWanted = (name: string): boolean => wanted.has('*') || wanted.has(name.toLowerCase());
  const selects = divided(read, isWanted).map((part) => selectFrom(part, columns, present, isWanted));
  const body = selects.length === 0 ? emptySelect(read, columns) : selects.join('\nUNION ALL\n');
  return {
    statements: [
      ...[...counters.keys()].map((name) => `CREATE SEQUENCE ${name}`),
      `CREATE TEMP VIEW ${sqlIdentifier(mention.identifier)} AS ${body}`,
    ],
    counters,
  };
}

const mostParts = 64;

/** Stands for a partition column that the query doesn't mention: should it be read after all, the query fails, loudly. */
const unread = `error('a partition column was read that the query does not mention')`;

/**
 * The files in parts that are alike in the partition columns which the query mentions: a constant costs nothing, a
 * look-up 40 ns a row. That is much for Parquet and little for JSON, and each part costs planning, so JSON and many
 * parts stay together.
 */
function divided(read: TableRead, isWanted: (name: string) => boolean): readonly TableRead[] {
  if (read.files.length === 0) return [];
  const wanted = read.table.partitionKeys.flatMap((key, i) => (isWanted(key.name) ? [i] : []));
  const parts = Map.groupBy(read.files, (file) => JSON.stringify(wanted.map((i) => file.partition[i])));
  if (read.table.format !== 'parquet' || parts.size > mostParts) return [read];
  return [...parts.values()].map((files) => ({ ...read, files }));
}

function selectFrom(
  read: TableRead,
  columns: readonly ViewColumn[],
  present: ReadonlyMap<string, ReadonlySet<string>>,
  isWanted: (name: string) => boolean,
): string {
  const { format } = read.table;
  const { from, has } = readers[format](read, columns, present);
  const value = format === 'parquet' ? plainColumn : checkedColumn;
  const items = columns.map((column) =>
    has(column.name)
      ? `${value(column)} AS ${sqlIdentifier(column.name)}`
      : `CAST(NULL AS ${column.type}) AS ${sqlIdentifier(column.name)}`,
  );
  const keys = read.table.partitionKeys.map((key, i) => {
    const type = duckTypeOf(key.type);
    const values = read.files.map((file) => file.partition[i] ?? hiveNull);
    const value = isWanted(key.name) ? partitionValue(values, type) : `CAST(${unread} AS ${type})`;
    return `${value} AS ${sqlIdentifier(key.name)}`;
  });
  return `SELECT ${[...items, ...keys].join(', ')} FROM ${from}`;
}

/**
 * A partition column: its value for each file, by the file's place in the list. DuckDB's
 * own reading of `k=v` folders is of no use, for the paths are copies and links, and partitions may lie anywhere.
 */
function partitionValue(values: readonly string[], type: string): string {
  const literals = values.map((value) => partitionLiteral(value, type));
  if (new Set(literals).size === 1) return `CAST(${literals[0] ?? 'NULL'} AS ${type})`;
  return `CAST([${literals.join(', ')}] AS ${type}[])[CAST(file_index AS BIGINT) + 1]`;
}

/** `08` is 8 where the column is a whole number; a text that is no value of the type is NULL. */
function partitionLiteral(value: string, type: string): string {
  if (value === hiveNull) return 'NULL';
  if (wholeTypes.includes(type)) return /^[+-]?\d{1,18}$/.test(value) ? String(BigInt(value)) : 'NULL';
  if (type === 'DATE') return /^\d{4}-\d{2}-\d{2}$/.test(value) ? sqlString(value) : 'NULL';
  return sqlString(value);
}

function emptySelect(read: TableRead, columns: readonly ViewColumn[]): string {
  const keys = read.table.partitionKeys.map((key) => ({ name: key.name, type: duckTypeOf(key.type) }));
  const items = [...columns, ...keys].map(({ name, type }) => `CAST(NULL AS ${type}) AS ${sqlIdentifier(name)}`);
  return `SELECT ${items.join(', ')} WHERE false`;
}

const plainColumn = ({ name, type }: ViewColumn): string => `CAST(${sqlIdentifier(name)} AS ${type})`;

const wholeTypes = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT'];

/** A text as a value of the type, NULL and counted where it is none; 1.5 is no whole number, though DuckDB casts it to 2. */
function checkedColumn({ name, type, counter }: ViewColumn): string {
  const text = sqlIdentifier(name);
  if (type === 'VARCHAR') return text;
  const cast = castText(text, type);
  if (counter === undefined) return cast;
  // The sequence is asked for only where a value is broken; a comparison with its number makes NULL of it.
  const counted = `CASE WHEN nextval('${counter}') < 0 THEN ${cast} END`;
  return `CASE WHEN ${text} IS NULL THEN NULL ELSE coalesce(${cast}, ${counted}) END`;
}

function castText(text: string, type: string): string {
  if (wholeTypes.includes(type))
    return `CASE WHEN NOT contains(${text}, '.') THEN TRY_CAST(${text} AS ${type}) WHEN regexp_full_match(${text}, '-?\\d+\\.0+') THEN TRY_CAST(${text} AS ${type}) END`;
  if (type === 'TIMESTAMP') return `CAST(TRY_CAST(${text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS TIMESTAMP)`;
  if (type === 'BOOLEAN') return `CASE lower(${text}) WHEN 'true' THEN true WHEN 'false' THEN false END`;
  if (/[[(]/.test(type) && !type.startsWith('DECIMAL')) return `TRY_CAST(CAST(${text} AS JSON) AS ${type})`;
  return `TRY_CAST(${text} AS ${type})`;
}

interface Source {
  readonly from: string;
  /** Whether the files have the column at all. */
  readonly has: (column: string) => boolean;
}

type Reader = (
  read: TableRead,
  columns: readonly ViewColumn[],
  present: ReadonlyMap<string, ReadonlySet<string>>,
) => Source;

const pathsOf = ({ files }: TableRead): string => sqlStringList(files.map((file) => file.path));

const json: Reader = (read, columns) => {
  const names = jsonFieldNames(read.table);
  const fieldOf = ({ name }: ViewColumn): string => names.get(name) ?? name;
  const fields = columns.map((column) => `${sqlString(fieldOf(column))}: 'VARCHAR'`);
  const lines = `read_json(${pathsOf(read)}, columns = {${fields.join(', ') || "'athena_none': 'VARCHAR'"}}, format = 'newline_delimited', hive_partitioning = false)`;
  const renamed = columns.filter((column) => fieldOf(column) !== column.name);
  if (renamed.length === 0) return { from: lines, has: () => true };
  const list = renamed.map((column) => `${sqlIdentifier(fieldOf(column))} AS ${sqlIdentifier(column.name)}`).join(', ');
  return { from: `(SELECT * RENAME (${list}), file_index FROM ${lines})`, has: () => true };
};

const csv: Reader = (read, columns) => {
  const { delimiter, quote, escape: escapeMark, headerLines, nullText } = csvDialect(read.table);
  const options = [
    `columns = {${columns.map(({ name }) => `${sqlString(name)}: 'VARCHAR'`).join(', ')}}`,
    'auto_detect = false',
    'header = false',
    `skip = ${headerLines}`,
    `delim = ${sqlString(delimiter)}`,
    `quote = ${sqlString(quote)}`,
    `escape = ${sqlString(escapeMark)}`,
    `nullstr = ${sqlString(nullText)}`,
    'null_padding = true',
    'strict_mode = false',
    'hive_partitioning = false',
  ];
  return { from: `read_csv(${pathsOf(read)}, ${options.join(', ')})`, has: () => true };
};

/** Files with other columns than the first are read by name, which opens each of them beforehand. */
const parquet: Reader = (read, _columns, present) => {
  const sets = read.files.map((file) => present.get(file.path) ?? new Set<string>());
  const all = new Set(sets.flatMap((set) => [...set]));
  const same = sets.every((set) => set.size === all.size);
  const from = `read_parquet(${pathsOf(read)}, union_by_name = ${!same}, hive_partitioning = false)`;
  return { from, has: (column) => all.has(column.toLowerCase()) };
};

const readers: Readonly<Record<TableRead['table']['format'], Reader>> = { json, csv, parquet };
