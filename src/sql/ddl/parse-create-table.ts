import type { Column } from '../../catalog/catalog.ts';
import { unsupported } from './refusal.ts';
import type { CreateTable, RowFormat, StoredAs } from './statement.ts';
import type { TokenReader } from './token-reader.ts';

type Clauses = Partial<
  Pick<CreateTable, 'comment' | 'partitionKeys' | 'rowFormat' | 'storedAs' | 'location' | 'properties'>
>;

/** The clauses in any order, each once: Hive's grammar has an order, and people's statements often another. */
const clauses: readonly (readonly [keywords: readonly string[], read: (reader: TokenReader) => Clauses])[] = [
  [['COMMENT'], (reader) => ({ comment: reader.string('a comment in quotes') })],
  [['PARTITIONED', 'BY'], (reader) => ({ partitionKeys: reader.list(() => parseColumn(reader)) })],
  [['ROW', 'FORMAT'], (reader) => ({ rowFormat: parseRowFormat(reader) })],
  [['STORED', 'AS'], (reader) => ({ storedAs: parseStoredAs(reader) })],
  [['LOCATION'], (reader) => ({ location: reader.string('a location in quotes') })],
  [['TBLPROPERTIES'], (reader) => ({ properties: reader.properties() })],
];

export function parseCreateTable(reader: TokenReader, text: string): CreateTable {
  const place = reader.place();
  const start = reader.next.start;
  reader.expect('CREATE');
  if (!reader.accept('EXTERNAL'))
    throw unsupported(
      text,
      start,
      'CREATE TABLE without EXTERNAL',
      'CREATE EXTERNAL TABLE describes objects that are there; CREATE TABLE … AS SELECT makes new ones',
    );
  reader.expect('TABLE');
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const table = reader.tableName();
  const columns = reader.list(() => parseColumn(reader));
  const { location, ...rest } = parseClauses(reader, text);
  if (location === undefined)
    return reader.fail("LOCATION 's3://bucket/prefix/'", 'an external table needs a location');
  return {
    kind: 'create-table',
    table,
    ifNotExists,
    columns,
    location,
    place,
    ...rest,
    partitionKeys: rest.partitionKeys ?? [],
    properties: rest.properties ?? {},
  };
}

/** `name type [COMMENT 'text']`. */
export function parseColumn(reader: TokenReader): Column {
  const name = reader.name('a column name');
  const type = reader.type();
  return reader.accept('COMMENT') ? { name, type, comment: reader.string('a comment in quotes') } : { name, type };
}

function parseClauses(reader: TokenReader, text: string): Clauses {
  let found: Clauses = {};
  while (reader.next.kind === 'word') {
    const at = reader.next.start;
    const clause = clauses.find(([keywords]) => reader.accept(...keywords));
    if (clause === undefined) {
      if (reader.accept('CLUSTERED')) throw unsupported(text, at, 'CLUSTERED BY: buckets are not pruned');
      reader.fail(`one of ${clauses.map(([keywords]) => keywords.join(' ')).join(', ')}`);
      break;
    }
    const read = clause[1](reader);
    const twice = Object.keys(read).some((key) => key in found);
    if (twice) throw unsupported(text, at, `${clause[0].join(' ')} a second time`);
    found = { ...found, ...read };
  }
  return found;
}

function parseRowFormat(reader: TokenReader): RowFormat {
  if (reader.accept('SERDE')) {
    const serde = reader.string('the class of a SerDe in quotes');
    return {
      kind: 'serde',
      serde,
      properties: reader.accept('WITH', 'SERDEPROPERTIES') ? reader.properties() : {},
    };
  }
  reader.expect('DELIMITED');
  const properties: Record<string, string> = {};
  const delimiter = (): string => reader.string('a delimiter in quotes');
  for (;;) {
    if (reader.accept('FIELDS', 'TERMINATED', 'BY')) {
      properties['field.delim'] = delimiter();
      if (reader.accept('ESCAPED', 'BY')) properties['escape.delim'] = delimiter();
    } else if (reader.accept('COLLECTION', 'ITEMS', 'TERMINATED', 'BY')) properties['collection.delim'] = delimiter();
    else if (reader.accept('MAP', 'KEYS', 'TERMINATED', 'BY')) properties['mapkey.delim'] = delimiter();
    else if (reader.accept('LINES', 'TERMINATED', 'BY')) properties['line.delim'] = delimiter();
    else if (reader.accept('NULL', 'DEFINED', 'AS')) properties['serialization.null.format'] = delimiter();
    else return { kind: 'delimited', properties };
  }
}

function parseStoredAs(reader: TokenReader): StoredAs {
  if (!reader.accept('INPUTFORMAT')) return { kind: 'named', format: reader.name('a file format').toUpperCase() };
  const input = reader.string('the class of an input format in quotes');
  reader.expect('OUTPUTFORMAT');
  return { kind: 'classes', input, output: reader.string('the class of an output format in quotes') };
}
