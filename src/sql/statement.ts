import { PlayheadError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { sqlError } from './source-position.ts';

/** A statement of Athena's that has a query in it; data definition is `ddl/`'s. */
export type QueryStatement =
  | { readonly kind: 'query'; readonly query: string }
  | { readonly kind: 'explain'; readonly analyze: boolean; readonly query: string }
  | {
      readonly kind: 'create-table-as';
      readonly table: NamedTable;
      readonly ifNotExists: boolean;
      readonly properties: Properties;
      readonly query: string;
    }
  | {
      readonly kind: 'create-view';
      readonly view: NamedTable;
      readonly replace: boolean;
      readonly comment?: string;
      readonly query: string;
    }
  | { readonly kind: 'insert'; readonly table: NamedTable; readonly columns: readonly string[]; readonly query: string }
  | { readonly kind: 'unload'; readonly to: string; readonly properties: Properties; readonly query: string };

export interface NamedTable {
  readonly database?: string;
  readonly name: string;
  /** Place in the statement, in Unicode characters. */
  readonly at: number;
}

/** `WITH (format = 'PARQUET', partitioned_by = ARRAY['a'])`: names in lower case. */
export type Properties = Readonly<Record<string, string | readonly string[]>>;

interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const tokenPattern =
  /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_]*|\d[\p{L}\p{N}_.]*|[\s\S]/gu;

function tokens(sql: string): Token[] {
  return [...sql.matchAll(tokenPattern)]
    .map((match) => ({ text: match[0], start: match.index, end: match.index + match[0].length }))
    .filter(({ text }) => !/^(\s|--|\/\*)/u.test(text));
}

/** Statements of Athena's or DuckDB's that have no meaning here. */
const refusedStatements: ReadonlySet<string> = new Set(
  (
    'UPDATE DELETE MERGE VACUUM OPTIMIZE USE SET RESET CALL COPY ATTACH DETACH PRAGMA ' +
    'INSTALL LOAD EXPORT IMPORT CHECKPOINT START BEGIN COMMIT ROLLBACK ANALYZE REFRESH REPLACE KILL PIVOT'
  ).split(' '),
);
const queryWords: readonly string[] = ['SELECT', 'WITH', 'VALUES'];
const statementWords: readonly string[] = [
  ...queryWords,
  ...['INSERT', 'CREATE', 'UNLOAD', 'EXPLAIN', 'PREPARE', 'EXECUTE', 'SHOW', 'DESCRIBE', 'ALTER', 'DROP', 'MSCK'],
];

/**
 * Splits a statement from its query. In each `query` what stands around it is blanked out, so that lines and columns
 * are those of the whole text. Throws PH_SQL_SYNTAX, and PH_SQL_UNSUPPORTED for statements that change rows.
 */
export function readStatement(sql: string): QueryStatement {
  const reader = new Reader(sql);
  if (reader.accept('EXPLAIN')) return explain(reader);
  if (reader.accept('CREATE')) return create(reader);
  if (reader.accept('INSERT')) return insert(reader);
  if (reader.accept('UNLOAD')) return unload(reader);
  const word = reader.peek().toUpperCase();
  if (refusedStatements.has(word)) throw reader.error('PH_SQL_UNSUPPORTED', `${word} is not supported`);
  if (word === '')
    throw new PlayheadError('PH_SQL_SYNTAX', 'there is no statement', {
      hint: 'Give one, as in: playhead query "SHOW DATABASES".',
    });
  return { kind: 'query', query: reader.rest() };
}

function explain(reader: Reader): QueryStatement {
  const analyze = reader.accept('ANALYZE');
  if (reader.peek() === '(' && !/^(SELECT|WITH|VALUES|\()$/i.test(reader.peek(1)))
    throw reader.error('PH_SQL_UNSUPPORTED', 'EXPLAIN with options is not supported');
  return { kind: 'explain', analyze, query: reader.rest() };
}

function create(reader: Reader): QueryStatement {
  const replace = reader.accept('OR');
  if (replace) reader.expect('REPLACE');
  if (reader.accept('VIEW')) return createView(reader, replace);
  if (replace) reader.expect('VIEW');
  return createTableAs(reader);
}

/** SECURITY says whose rights read the tables; there are no rights here, so that both words mean the same. */
function createView(reader: Reader, replace: boolean): QueryStatement {
  const view = reader.table();
  const comment = reader.accept('COMMENT') ? reader.string() : undefined;
  if (reader.accept('SECURITY') && !reader.accept('DEFINER')) reader.expect('INVOKER');
  reader.expect('AS');
  const query = reader.rest();
  return { kind: 'create-view', view, replace, query, ...(comment === undefined ? {} : { comment }) };
}

function createTableAs(reader: Reader): QueryStatement {
  reader.expect('TABLE');
  const ifNotExists = reader.accept('IF');
  if (ifNotExists) {
    reader.expect('NOT');
    reader.expect('EXISTS');
  }
  const table = reader.table();
  const properties = reader.accept('WITH') ? reader.properties() : {};
  reader.expect('AS');
  return { kind: 'create-table-as', table, ifNotExists, properties, query: reader.rest() };
}

function insert(reader: Reader): QueryStatement {
  reader.expect('INTO');
  const table = reader.table();
  const isList = reader.peek() === '(' && !/^(SELECT|WITH|VALUES|\()$/i.test(reader.peek(1));
  const columns = isList ? reader.list(() => reader.name()) : [];
  return { kind: 'insert', table, columns, query: reader.rest() };
}

function unload(reader: Reader): QueryStatement {
  const query = reader.parenthesised();
  reader.expect('TO');
  const to = reader.string();
  const properties = reader.accept('WITH') ? reader.properties() : {};
  reader.end();
  return { kind: 'unload', to, properties, query };
}

/** Reads the words of a statement one after the other. */
class Reader {
  private readonly sql: string;
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(sql: string) {
    this.sql = sql;
    const all = tokens(sql);
    while (all.at(-1)?.text === ';') all.pop();
    this.tokens = all;
  }

  peek(ahead = 0): string {
    return this.tokens[this.at + ahead]?.text ?? '';
  }

  accept(word: string): boolean {
    if (this.peek().toUpperCase() !== word) return false;
    this.at += 1;
    return true;
  }

  expect(word: string): void {
    if (!this.accept(word)) throw this.error('PH_SQL_SYNTAX', `expected ${word}, found ${this.peek() || 'the end'}`);
  }

  end(): void {
    if (this.peek() !== '') throw this.error('PH_SQL_SYNTAX', `expected the end, found ${this.peek()}`);
  }

  name(): string {
    const text = this.peek();
    const isName = /^["\p{L}_]/u.test(text);
    if (!isName) throw this.error('PH_SQL_SYNTAX', `expected a name, found ${text || 'the end'}`);
    this.at += 1;
    return (text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text).toLowerCase();
  }

  string(): string {
    const text = this.peek();
    if (!text.startsWith("'"))
      throw this.error('PH_SQL_SYNTAX', `expected a text in quotes, found ${text || 'the end'}`);
    this.at += 1;
    return text.slice(1, -1).replaceAll("''", "'");
  }

  table(): NamedTable {
    const at = this.characterOffset();
    const parts = [this.name()];
    while (this.accept('.')) parts.push(this.name());
    if (parts.length === 3 && parts[0] === 'awsdatacatalog') parts.shift();
    const [first, second] = parts;
    if (first === undefined || parts.length > 2)
      throw this.error('PH_SQL_SYNTAX', `${parts.join('.')} is not a table's name`);
    return second === undefined ? { name: first, at } : { database: first, name: second, at };
  }

  list<T>(item: () => T): T[] {
    this.expect('(');
    const items = [item()];
    while (this.accept(',')) items.push(item());
    this.expect(')');
    return items;
  }

  properties(): Properties {
    return Object.fromEntries(
      this.list(() => {
        const name = this.name();
        this.expect('=');
        return [name, this.propertyValue()] as const;
      }),
    );
  }

  private propertyValue(): string | readonly string[] {
    if (!this.accept('ARRAY')) {
      if (this.peek().startsWith("'")) return this.string();
      const word = this.peek();
      this.at += 1;
      return word;
    }
    this.expect('[');
    const items = [this.string()];
    while (this.accept(',')) items.push(this.string());
    this.expect(']');
    return items;
  }

  /** What is left, which must be a query, with everything before it blanked. */
  rest(): string {
    const first = this.tokens[this.at];
    const last = this.tokens.at(-1);
    if (first === undefined || last === undefined) throw this.error('PH_SQL_SYNTAX', 'there is no query');
    if (first.text !== '(' && !queryWords.includes(first.text.toUpperCase())) throw this.noQuery(first.text);
    return this.blankedTo(first.start, last.end);
  }

  /** `( … )`, its inside with everything before it blanked. */
  parenthesised(): string {
    this.expect('(');
    const first = this.tokens[this.at];
    let depth = 1;
    while (depth > 0) {
      const text = this.peek();
      if (text === '' || first === undefined) throw this.error('PH_SQL_SYNTAX', 'this parenthesis is never closed');
      depth += text === '(' ? 1 : text === ')' ? -1 : 0;
      this.at += 1;
    }
    return this.blankedTo(first?.start ?? 0, this.tokens[this.at - 1]?.start ?? 0);
  }

  error(code: 'PH_SQL_SYNTAX' | 'PH_SQL_UNSUPPORTED', message: string, hint = ''): Error {
    return sqlError(code, message, this.sql, this.characterOffset(), hint === '' ? {} : { hint });
  }

  private noQuery(found: string): Error {
    const [what, words] = this.at === 0 ? ['a statement', statementWords] : ['a query', queryWords];
    const meant = nearest(found, words);
    const hint = meant === undefined ? '' : `Did you mean ${meant}?`;
    return this.error('PH_SQL_SYNTAX', `expected ${what} (${words.join(', ')}), found ${found}`, hint);
  }

  private characterOffset(): number {
    return [...this.sql.slice(0, this.tokens[this.at]?.start ?? this.sql.length)].length;
  }

  private blankedTo(start: number, end: number): string {
    return this.sql.slice(0, start).replace(/[^\n]/gu, ' ') + this.sql.slice(start, end);
  }
}
