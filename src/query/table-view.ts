import type { CatalogTable, Column } from '../catalog/catalog.ts';
import { ignoresMalformed } from '../catalog/table-parameters.ts';
import { sqlIdentifier, sqlString } from '../duck/duck.ts';
import { hiveNull } from '../lake/hive-layout.ts';
import { pathColumn } from '../sql/hidden-column.ts';
import { duckTypeOf } from './column-type.ts';
import type { TableRead } from './read-set.ts';
import { tableSource } from './table-source.ts';

/** What is counted because it reads as NULL: values that are not of their column's type, lines that are no JSON objects. */
export interface Counted {
  readonly kind: 'mistyped' | 'malformed';
  /** Full name of the column or the table. */
  readonly name: string;
}

/** The statements that make a mention's view, and the counters of what it reads as NULL. */
export interface TableView {
  readonly statements: readonly string[];
  /** Sequence → what it counts: it goes up by one for each value or line that the query reads. */
  readonly counters: ReadonlyMap<string, Counted>;
}

interface ViewColumn {
  readonly name: string;
  readonly type: string;
  readonly counter?: string;
}

/**
 * A view over exactly these files: the columns that the query mentions, of the catalog's types, then the partition columns
 * that it does. One that is not read would cost planning. What the files lack reads as NULL. In JSON and CSV a value that
 * is not of its column's type reads as NULL too, and is counted; so is a line that is no JSON object where the table says
 * so. A query that mentions "$path" gets the key of each row's object. The counters are sequences seen by every
 * connection, for they are read when the query is over; `queryId` keeps them apart.
 * `wanted`: names of the columns that the query mentions, `*` for all. `present`: for Parquet, the columns of each file.
 */
export function tableView(
  read: TableRead,
  wanted: ReadonlySet<string>,
  present: ReadonlyMap<string, ReadonlySet<string>>,
  queryId: string,
): TableView {
  const { table, mention } = read;
  const counters = new Map<string, Counted>();
  const sequence = (of: string): string => `athena_counted_${queryId}_${mention.identifier}_${of}`;
  const full = `${table.database}.${table.name}`;
  const columns = readColumns(table, wanted).map((column, i): ViewColumn => {
    const type = duckTypeOf(column.type);
    const counted = table.format !== 'parquet' && type !== 'VARCHAR' && isWanted(wanted, column.name);
    if (!counted) return { name: column.name, type };
    const counter = sequence(String(i));
    counters.set(counter, { kind: 'mistyped', name: `${full}.${column.name}` });
    return { name: column.name, type, counter };
  });
  const malformed = ignoresMalformed(table) ? sequence('lines') : undefined;
  if (malformed !== undefined) counters.set(malformed, { kind: 'malformed', name: full });
  const selects = divided(read, wanted).map((part) => selectFrom(part, columns, present, wanted, malformed));
  const body = selects.length === 0 ? emptySelect(read, columns, wanted) : selects.join('\nUNION ALL\n');
  return {
    statements: [
      ...[...counters.keys()].map((name) => `CREATE SEQUENCE ${name}`),
      `CREATE TEMP VIEW ${sqlIdentifier(mention.identifier)} AS ${body}`,
    ],
    counters,
  };
}

function isWanted(wanted: ReadonlySet<string>, column: string): boolean {
  return wanted.has('*') || wanted.has(column.toLowerCase());
}

/** The table's own columns that a query mentions, or its first: a view must have one. */
function readColumns(table: CatalogTable, wanted: ReadonlySet<string>): readonly Column[] {
  const own = ownColumns(table);
  const mentioned = own.filter(({ name }) => isWanted(wanted, name));
  return mentioned.length === 0 ? own.slice(0, 1) : mentioned;
}

/** What a view selects; a table may have nothing but partition columns, and a query mention none. */
const selected = (items: readonly string[]): string => items.join(', ') || 'NULL AS athena_none';

/** Those that are no partition columns, which may stand among them. */
function ownColumns({ columns, partitionKeys }: CatalogTable): readonly Column[] {
  const keys = new Set(partitionKeys.map((key) => key.name.toLowerCase()));
  return columns.filter(({ name }) => !keys.has(name.toLowerCase()));
}

const mostParts = 64;

/**
 * The files in parts that are alike in the partition columns which the query mentions: a constant costs nothing, a
 * look-up 40 ns a row. That is much for Parquet and little for JSON, and each part costs planning, so JSON and many
 * parts stay together.
 */
function divided(read: TableRead, wanted: ReadonlySet<string>): readonly TableRead[] {
  if (read.files.length === 0) return [];
  const keys = read.table.partitionKeys.flatMap((key, i) => (isWanted(wanted, key.name) ? [i] : []));
  const parts = Map.groupBy(read.files, (file) => JSON.stringify(keys.map((i) => file.partition[i])));
  if (read.table.format !== 'parquet' || parts.size > mostParts) return [read];
  return [...parts.values()].map((files) => ({ ...read, files }));
}

function selectFrom(
  read: TableRead,
  columns: readonly ViewColumn[],
  present: ReadonlyMap<string, ReadonlySet<string>>,
  wanted: ReadonlySet<string>,
  malformed: string | undefined,
): string {
  // Of CSV all, for there they are told by their places.
  const names = read.table.format === 'csv' ? ownColumns(read.table) : columns;
  const { from, has } = tableSource(
    read,
    names.map(({ name }) => name),
    present,
    malformed,
  );
  const value = read.table.format === 'parquet' ? plainColumn : checkedColumn;
  const items = columns.map((column) =>
    has(column.name)
      ? `${value(column)} AS ${sqlIdentifier(column.name)}`
      : `CAST(NULL AS ${column.type}) AS ${sqlIdentifier(column.name)}`,
  );
  const keys = read.table.partitionKeys.flatMap((key, i) => {
    if (!isWanted(wanted, key.name)) return [];
    const values = read.files.map((file) => file.partition[i] ?? hiveNull);
    return [`${partitionValue(values, duckTypeOf(key.type))} AS ${sqlIdentifier(key.name)}`];
  });
  return `SELECT ${selected([...items, ...keys, ...pathItem(read, wanted)])} FROM ${from}`;
}

/** `"$path"`, only where the query mentions it: no star takes it. NULL for a row of the log. */
function pathItem({ files }: TableRead, wanted: ReadonlySet<string>): readonly string[] {
  if (!wanted.has(pathColumn)) return [];
  const keys = files.map(({ key }) => (key === undefined ? 'NULL' : sqlString(key)));
  return [`${byFile(keys, 'VARCHAR')} AS ${sqlIdentifier(pathColumn)}`];
}

/**
 * A partition column: its value for each file, by the file's place in the list. DuckDB's
 * own reading of `k=v` folders is of no use, for the paths are copies and links, and partitions may lie anywhere.
 */
function partitionValue(values: readonly string[], type: string): string {
  const literals = values.map((value) => partitionLiteral(value, type));
  return byFile(literals, type);
}

function byFile(literals: readonly string[], type: string): string {
  if (new Set(literals).size <= 1) return `CAST(${literals[0] ?? 'NULL'} AS ${type})`;
  return `CAST([${literals.join(', ')}] AS ${type}[])[CAST(file_index AS BIGINT) + 1]`;
}

/** `08` is 8 where the column is a whole number; a text that is no value of the type is NULL. */
function partitionLiteral(value: string, type: string): string {
  if (value === hiveNull) return 'NULL';
  if (wholeTypes.includes(type)) return /^[+-]?\d{1,18}$/.test(value) ? String(BigInt(value)) : 'NULL';
  if (type === 'DATE') return /^\d{4}-\d{2}-\d{2}$/.test(value) ? sqlString(value) : 'NULL';
  return sqlString(value);
}

function emptySelect(read: TableRead, columns: readonly ViewColumn[], wanted: ReadonlySet<string>): string {
  const keys = read.table.partitionKeys
    .filter(({ name }) => isWanted(wanted, name))
    .map((key) => ({ name: key.name, type: duckTypeOf(key.type) }));
  const items = [...columns, ...keys].map(({ name, type }) => `CAST(NULL AS ${type}) AS ${sqlIdentifier(name)}`);
  return `SELECT ${selected([...items, ...pathItem(read, wanted)])} WHERE false`;
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
