import type { Column } from '../../catalog/catalog.ts';
import { ddlName, ddlString } from './lexer.ts';
import type { CreateTable, RowFormat, StoredAs } from './statement.ts';

/** The statement as Athena prints it, a line an element; `parseDdl` reads it back to the same statement. */
export function printCreateTable(statement: CreateTable): readonly string[] {
  const { database, name } = statement.table;
  const table = `${database === undefined ? '' : `${ddlName(database)}.`}${ddlName(name)}`;
  return [
    `CREATE EXTERNAL TABLE ${statement.ifNotExists ? 'IF NOT EXISTS ' : ''}${table}(`,
    ...columnLines(statement.columns),
    ...(statement.comment === undefined ? [] : [`COMMENT ${ddlString(statement.comment)}`]),
    ...(statement.partitionKeys.length === 0 ? [] : ['PARTITIONED BY (', ...columnLines(statement.partitionKeys)]),
    ...(statement.rowFormat === undefined ? [] : rowFormatLines(statement.rowFormat)),
    ...(statement.storedAs === undefined ? [] : storedAsLines(statement.storedAs)),
    'LOCATION',
    `  ${ddlString(statement.location)}`,
    ...propertyLines('TBLPROPERTIES', statement.properties),
  ];
}

function columnLines(columns: readonly Column[]): string[] {
  return columns.map(({ name, type, comment }, i) => {
    const end = i === columns.length - 1 ? ')' : ',';
    return `  ${ddlName(name)} ${type}${comment === undefined ? '' : ` COMMENT ${ddlString(comment)}`}${end}`;
  });
}

const delimiterClauses: readonly (readonly [setting: string, clause: string])[] = [
  ['field.delim', 'FIELDS TERMINATED BY'],
  ['escape.delim', 'ESCAPED BY'],
  ['collection.delim', 'COLLECTION ITEMS TERMINATED BY'],
  ['mapkey.delim', 'MAP KEYS TERMINATED BY'],
  ['line.delim', 'LINES TERMINATED BY'],
  ['serialization.null.format', 'NULL DEFINED AS'],
];

function rowFormatLines(format: RowFormat): string[] {
  if (format.kind === 'serde')
    return [
      'ROW FORMAT SERDE',
      `  ${ddlString(format.serde)}`,
      ...propertyLines('WITH SERDEPROPERTIES', format.properties),
    ];
  return [
    'ROW FORMAT DELIMITED',
    ...delimiterClauses.flatMap(([setting, clause]) => {
      const value = format.properties[setting];
      return value === undefined ? [] : [`  ${clause} ${ddlString(value)}`];
    }),
  ];
}

function storedAsLines(stored: StoredAs): string[] {
  if (stored.kind === 'named') return [`STORED AS ${stored.format}`];
  return ['STORED AS INPUTFORMAT', `  ${ddlString(stored.input)}`, 'OUTPUTFORMAT', `  ${ddlString(stored.output)}`];
}

function propertyLines(clause: string, properties: Readonly<Record<string, string>>): string[] {
  const entries = Object.entries(properties);
  if (entries.length === 0) return [];
  return [
    `${clause} (`,
    ...entries.map(
      ([key, value], i) => `  ${ddlString(key)}=${ddlString(value)}${i === entries.length - 1 ? ')' : ','}`,
    ),
  ];
}
