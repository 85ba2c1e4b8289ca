import { PlayheadError } from '../base/errors.ts';

/** DuckDB's type text, read: `DECIMAL(18,3)` is `{ name: 'DECIMAL', arguments: ['18', '3'] }`. */
export type DuckType =
  | { readonly kind: 'scalar'; readonly name: string; readonly arguments: readonly string[] }
  | { readonly kind: 'list'; readonly of: DuckType }
  | { readonly kind: 'map'; readonly key: DuckType; readonly value: DuckType }
  | { readonly kind: 'struct'; readonly fields: readonly DuckField[] };

export interface DuckField {
  /** Empty for one without a name: `row(1, 2)` has such. */
  readonly name: string;
  readonly type: DuckType;
}

/** Reads `STRUCT("a b" BIGINT, c DOUBLE[])[]`. Throws PH_INTERNAL for what DuckDB never prints. */
export function parseDuckType(text: string): DuckType {
  const reader = new TypeReader(text);
  const type = reader.type();
  if (!reader.atEnd()) throw reader.unreadable();
  return type;
}

class TypeReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  type(): DuckType {
    let type = this.#single();
    for (let list = this.#match(/\[[0-9]*\]/y); list !== undefined; list = this.#match(/\[[0-9]*\]/y)) {
      type = { kind: 'list', of: type };
    }
    return type;
  }

  atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  unreadable(): PlayheadError {
    return new PlayheadError('PH_INTERNAL', `cannot read DuckDB's type ${this.#text} from position ${this.#at}`);
  }

  #single(): DuckType {
    const name = this.#match(/"NULL"|[A-Z][A-Z0-9_]*( WITH TIME ZONE)?/y);
    if (name === undefined) throw this.unreadable();
    if (name === 'STRUCT') return { kind: 'struct', fields: this.#inParentheses(() => this.#field()) };
    if (name === 'MAP') {
      const [key, value] = this.#inParentheses(() => this.type());
      if (key === undefined || value === undefined) throw this.unreadable();
      return { kind: 'map', key, value };
    }
    return { kind: 'scalar', name, arguments: this.#inParentheses(() => this.#argument()) };
  }

  #field(): DuckField {
    const written = this.#match(/(?:"(?:[^"]|"")*"|(?!TIMESTAMP WITH TIME ZONE|TIME WITH TIME ZONE)[^\s(),"]+) /y);
    const name = written?.slice(0, -1) ?? '';
    return { name: name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name, type: this.type() };
  }

  #argument(): string {
    const argument = this.#match(/'(?:[^']|'')*'|[^,()]+/y);
    if (argument === undefined) throw this.unreadable();
    return argument;
  }

  /** Nothing where no parenthesis follows. */
  #inParentheses<T>(item: () => T): T[] {
    if (this.#match(/\(/y) === undefined) return [];
    const items = [item()];
    while (this.#match(/, ?/y) !== undefined) items.push(item());
    if (this.#match(/\)/y) === undefined) throw this.unreadable();
    return items;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}
