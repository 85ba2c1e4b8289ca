import { parseAlterTable } from './parse-alter-table.ts';
import { parseCreateTable } from './parse-create-table.ts';
import { parseShow } from './parse-show.ts';
import { unsupported } from './refusal.ts';
import type { DdlStatement } from './statement.ts';
import { TokenReader } from './token-reader.ts';

type Parser = (reader: TokenReader, text: string) => DdlStatement;

/** The words that a statement of ours begins with; the first that fits decides. */
const heads: readonly (readonly [words: string, parse: Parser])[] = [
  ['CREATE (DATABASE|SCHEMA)', parseCreateDatabase],
  ['DROP (DATABASE|SCHEMA)', parseDropDatabase],
  // CREATE TABLE … AS SELECT, with or without WITH (…), is a query: the translator's.
  ['CREATE (EXTERNAL )?TABLE(?! (IF NOT EXISTS )?NAME( \\. NAME)? (AS|WITH))', parseCreateTable],
  ['DROP TABLE', parseDropTable],
  ['DROP VIEW', parseDropView],
  ['ALTER TABLE', parseAlterTable],
  ['MSCK', parseRepairTable],
  ['DESCRIBE|DESC', parseDescribe],
  ['SHOW', parseShow],
  ['ALTER|CREATE FUNCTION|DROP FUNCTION|GRANT|REVOKE|TRUNCATE', refuseStatement],
];

/**
 * Reads a statement of Athena's data definition language; undefined for any other statement, which is the
 * translator's. Throws PH_SQL_SYNTAX, and PH_SQL_UNSUPPORTED for data definition that has no meaning here, each with
 * line and column in this text.
 */
export function parseDdl(text: string): DdlStatement | undefined {
  const head = headOf(text);
  const parse = heads.find(([words]) => new RegExp(`^(?:${words})(?: |$)`).test(head))?.[1];
  if (parse === undefined) return undefined;
  const reader = new TokenReader(text);
  const statement = parse(reader, text);
  reader.end();
  return statement;
}

/** The first ten tokens in upper case, names in quotes as NAME: enough to tell whose the statement is. */
function headOf(text: string): string {
  const token = /(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*([\p{L}_][\p{L}\p{N}_]*|`[^`]*`|"[^"]*"|.|$)/suy;
  const words: string[] = [];
  for (let i = 0; i < 10; i += 1) {
    const word = token.exec(text)?.[1];
    if (word === undefined || word === '') break;
    words.push(/^[`"]/.test(word) ? 'NAME' : word.toUpperCase());
  }
  const table = words.indexOf('TABLE');
  return words.map((word, i) => (table >= 0 && isTableName(words, table, i) ? 'NAME' : word)).join(' ');
}

/** Whether word i is the name, or the second part of it, that follows TABLE [IF NOT EXISTS]. */
function isTableName(words: readonly string[], table: number, i: number): boolean {
  const first = words.slice(table + 1, table + 4).join(' ') === 'IF NOT EXISTS' ? table + 4 : table + 1;
  return words[0] === 'CREATE' && (i === first || (i === first + 2 && words[first + 1] === '.'));
}

function parseCreateDatabase(reader: TokenReader, text: string): DdlStatement {
  reader.expect('CREATE');
  if (!reader.accept('SCHEMA')) reader.expect('DATABASE');
  const ifNotExists = reader.accept('IF', 'NOT', 'EXISTS');
  const database = reader.databaseName();
  for (const clause of ['COMMENT', 'LOCATION', 'WITH'])
    if (reader.next.kind === 'word' && reader.next.value.toUpperCase() === clause)
      throw unsupported(text, reader.next.start, `${clause}: a database of this catalog has a name only`);
  return { kind: 'create-database', database, ifNotExists };
}

function parseDropDatabase(reader: TokenReader): DdlStatement {
  reader.expect('DROP');
  if (!reader.accept('SCHEMA')) reader.expect('DATABASE');
  const ifExists = reader.accept('IF', 'EXISTS');
  const database = reader.databaseName();
  const cascade = reader.accept('CASCADE');
  if (!cascade) reader.accept('RESTRICT');
  return { kind: 'drop-database', database, ifExists, cascade };
}

function parseDropTable(reader: TokenReader): DdlStatement {
  reader.expect('DROP', 'TABLE');
  const ifExists = reader.accept('IF', 'EXISTS');
  return { kind: 'drop-table', table: reader.tableName(), ifExists };
}

function parseDropView(reader: TokenReader): DdlStatement {
  reader.expect('DROP', 'VIEW');
  const ifExists = reader.accept('IF', 'EXISTS');
  return { kind: 'drop-view', view: reader.tableName(), ifExists };
}

function parseRepairTable(reader: TokenReader): DdlStatement {
  reader.expect('MSCK', 'REPAIR', 'TABLE');
  return { kind: 'repair-table', table: reader.tableName() };
}

function parseDescribe(reader: TokenReader): DdlStatement {
  if (!reader.accept('DESC')) reader.expect('DESCRIBE');
  // A table may be called `extended`: the keyword is one only where a name follows.
  const extended = reader.accept('EXTENDED') || reader.accept('FORMATTED');
  return { kind: 'describe', table: reader.tableName(), extended };
}

function refuseStatement(reader: TokenReader, text: string): never {
  throw unsupported(
    text,
    reader.next.start,
    `${headOf(text).split(' ').slice(0, 2).join(' ')}: there are no functions or grants here, and data is not altered by SQL`,
  );
}
