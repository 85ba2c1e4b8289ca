import type { DatabaseName, DdlStatement } from './statement.ts';
import type { TokenReader } from './token-reader.ts';

export function parseShow(reader: TokenReader): DdlStatement {
  reader.expect('SHOW');
  if (reader.accept('DATABASES') || reader.accept('SCHEMAS')) {
    return reader.accept('LIKE')
      ? { kind: 'show-databases', pattern: reader.string('a pattern in quotes') }
      : { kind: 'show-databases' };
  }
  if (reader.accept('TABLES')) return { kind: 'show-tables', ...listed(reader) };
  if (reader.accept('VIEWS')) return { kind: 'show-views', ...listed(reader) };
  if (reader.accept('PARTITIONS')) return { kind: 'show-partitions', table: reader.tableName() };
  if (reader.accept('COLUMNS')) return showColumns(reader);
  if (reader.accept('TBLPROPERTIES')) return showProperties(reader);
  if (reader.accept('CREATE', 'TABLE')) return { kind: 'show-create-table', table: reader.tableName() };
  if (reader.accept('CREATE', 'VIEW')) return { kind: 'show-create-view', view: reader.tableName() };
  return reader.fail('DATABASES, TABLES, VIEWS, PARTITIONS, COLUMNS, TBLPROPERTIES, CREATE TABLE or CREATE VIEW');
}

/** `[IN database] [LIKE] 'pattern'` */
function listed(reader: TokenReader): { readonly database?: DatabaseName; readonly pattern?: string } {
  const database = reader.accept('IN') || reader.accept('FROM') ? reader.databaseName() : undefined;
  const like = reader.accept('LIKE');
  const pattern = like || reader.next.kind === 'string' ? reader.string('a pattern in quotes') : undefined;
  return {
    ...(database === undefined ? {} : { database }),
    ...(pattern === undefined ? {} : { pattern }),
  };
}

/** `IN table`, `IN database.table`, or `IN table IN database`. */
function showColumns(reader: TokenReader): DdlStatement {
  if (!reader.accept('IN') && !reader.accept('FROM')) reader.fail('IN or FROM');
  const table = reader.tableName();
  if (table.database !== undefined || !(reader.accept('IN') || reader.accept('FROM')))
    return { kind: 'show-columns', table };
  return { kind: 'show-columns', table: { ...table, database: reader.name('a database name') } };
}

function showProperties(reader: TokenReader): DdlStatement {
  const table = reader.tableName();
  if (!reader.acceptSymbol('(')) return { kind: 'show-properties', table };
  const property = reader.string('a property name in quotes');
  reader.expectSymbol(')');
  return { kind: 'show-properties', table, property };
}
