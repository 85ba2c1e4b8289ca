import { parseColumn } from './parse-create-table.ts';
import { unsupported } from './refusal.ts';
import type { DdlStatement, PartitionSpec, TableName } from './statement.ts';
import type { TokenReader } from './token-reader.ts';

export function parseAlterTable(reader: TokenReader, text: string): DdlStatement {
  reader.expect('ALTER', 'TABLE');
  const table = reader.tableName();
  if (reader.accept('ADD', 'COLUMNS')) return { kind: 'add-columns', table, columns: columns(reader) };
  if (reader.accept('REPLACE', 'COLUMNS')) return { kind: 'replace-columns', table, columns: columns(reader) };
  if (reader.accept('ADD')) return addPartitions(reader, table);
  if (reader.accept('DROP')) return dropPartitions(reader, table);
  if (reader.accept('SET', 'TBLPROPERTIES')) return { kind: 'set-properties', table, properties: reader.properties() };
  if (reader.accept('SET', 'LOCATION')) return { kind: 'set-location', table, location: location(reader) };
  const at = reader.next.start;
  if (reader.accept('PARTITION')) {
    const partition = reader.partitionSpec();
    if (reader.accept('RENAME')) throw unsupported(text, at, 'PARTITION … RENAME: add the new one and drop the old');
    reader.expect('SET', 'LOCATION');
    return { kind: 'set-location', table, partition, location: location(reader) };
  }
  for (const clause of ['RENAME', 'CHANGE'])
    if (reader.accept(clause)) throw unsupported(text, at, `ALTER TABLE … ${clause}`);
  return reader.fail(
    'ADD COLUMNS, ADD PARTITION, DROP PARTITION, REPLACE COLUMNS, SET LOCATION, SET TBLPROPERTIES or PARTITION',
  );
}

function columns(reader: TokenReader) {
  return reader.list(() => parseColumn(reader));
}

function location(reader: TokenReader): string {
  return reader.string('a location in quotes');
}

function addPartitions(reader: TokenReader, table: TableName): DdlStatement {
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const partitions: { spec: PartitionSpec; location?: string }[] = [];
  do {
    reader.expect('PARTITION');
    const spec = reader.partitionSpec();
    partitions.push(reader.accept('LOCATION') ? { spec, location: location(reader) } : { spec });
  } while (reader.next.value.toUpperCase() === 'PARTITION');
  return { kind: 'add-partitions', table, ifNotExists, partitions };
}

function dropPartitions(reader: TokenReader, table: TableName): DdlStatement {
  const ifExists = reader.accept('IF', 'EXISTS');
  const partitions: PartitionSpec[] = [];
  do {
    reader.expect('PARTITION');
    partitions.push(reader.partitionSpec());
  } while (reader.acceptSymbol(','));
  return { kind: 'drop-partitions', table, ifExists, partitions };
}
