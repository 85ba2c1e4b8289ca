import { HiveTypeError, hiveTypeText, readHiveType } from '../../catalog/hive-type.ts';
import type { SourcePosition } from '../source-position.ts';
import { lex, placeOf, syntaxError, type Token } from './lexer.ts';
import type { DatabaseName, PartitionSpec, TableName } from './statement.ts';

/** Reads a statement's tokens from left to right. What is not there throws PH_SQL_SYNTAX with its place. */
export class TokenReader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #index = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = lex(text);
  }

  get next(): Token {
    return this.#peek(0);
  }

  place(): SourcePosition {
    return placeOf(this.#text, this.next.start);
  }

  /** True, and past them, where these keywords come next. */
  accept(...keywords: readonly string[]): boolean {
    if (!keywords.every((keyword, i) => isKeyword(this.#peek(i), keyword))) return false;
    this.#index += keywords.length;
    return true;
  }

  expect(...keywords: readonly string[]): void {
    for (const keyword of keywords) if (!this.accept(keyword)) this.fail(keyword);
  }

  acceptSymbol(symbol: string): boolean {
    if (this.next.kind !== 'symbol' || this.next.value !== symbol) return false;
    this.#index += 1;
    return true;
  }

  expectSymbol(symbol: string): void {
    if (!this.acceptSymbol(symbol)) this.fail(`"${symbol}"`);
  }

  /** A name, quoted or not, in lower case. `what` says in the error what is named. */
  name(what: string): string {
    return this.#take(['word', 'quoted', 'double'], what).toLowerCase();
  }

  databaseName(): DatabaseName {
    const place = this.place();
    return { name: this.name('a database name'), place };
  }

  /** `name` or `database.name`. */
  tableName(): TableName {
    const place = this.place();
    const first = this.name('a table name');
    if (!this.acceptSymbol('.')) return { name: first, place };
    return { database: first, name: this.name('a table name'), place };
  }

  string(what: string): string {
    return this.#take(['string', 'double'], what);
  }

  /** A column type, in its normal form. */
  type(): string {
    try {
      const { type, end } = readHiveType(this.#text, this.next.start);
      while (this.next.kind !== 'end' && this.next.start < end) this.#index += 1;
      return hiveTypeText(type);
    } catch (error) {
      if (error instanceof HiveTypeError) throw syntaxError(this.#text, error.at, error.message);
      throw error;
    }
  }

  /** `(a, b, …)`. */
  list<T>(item: () => T): T[] {
    this.expectSymbol('(');
    const items = [item()];
    while (this.acceptSymbol(',')) items.push(item());
    if (!this.acceptSymbol(')')) this.fail('"," or ")"');
    return items;
  }

  /** `('k'='v', …)`. */
  properties(): Record<string, string> {
    const pairs = this.list(() => {
      const key = this.string('a property name in quotes');
      this.expectSymbol('=');
      return [key, this.string('a property value in quotes')] as const;
    });
    return Object.fromEntries(pairs);
  }

  /** `(year=2025, month='08')`. */
  partitionSpec(): PartitionSpec {
    const place = this.place();
    const values = this.list(() => {
      const key = this.name('a partition column');
      this.expectSymbol('=');
      return { key, value: this.#take(['string', 'double', 'number', 'word'], 'a value') };
    });
    return { values, place };
  }

  fail(expected: string, hint?: string): never {
    const found = this.next.kind === 'end' ? 'the end of the statement' : JSON.stringify(shown(this.#text, this.next));
    throw syntaxError(this.#text, this.next.start, `expected ${expected}, found ${found}`, hint);
  }

  /** Nothing follows but semicolons. */
  end(): void {
    while (this.acceptSymbol(';'));
    if (this.next.kind !== 'end') this.fail('the end of the statement', 'one statement at a time');
  }

  #peek(ahead: number): Token {
    return this.#tokens[this.#index + ahead] ?? { kind: 'end', value: '', start: this.#text.length };
  }

  #take(kinds: readonly Token['kind'][], what: string): string {
    const token = this.next;
    if (!kinds.includes(token.kind)) this.fail(what);
    this.#index += 1;
    return token.value;
  }
}

function isKeyword(token: Token, keyword: string): boolean {
  return token.kind === 'word' && token.value.toUpperCase() === keyword;
}

function shown(text: string, token: Token): string {
  return ['symbol', 'word', 'number'].includes(token.kind) ? token.value : text.slice(token.start, token.start + 20);
}
