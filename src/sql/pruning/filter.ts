/**
 * What a query demands of the rows of one table, as far as it can be said of a row alone: a tree over tests. A test is
 * a DuckDB expression over bare column names. `null` stands for what is not known and may be true.
 */
export type Filter =
  | null
  | { readonly and: readonly Filter[] }
  | { readonly or: readonly Filter[] }
  | { readonly not: Filter }
  | FilterTest;

export interface FilterTest {
  readonly test: string;
  /** Columns that the test reads, lower case. */
  readonly columns: readonly string[];
  /** Where the test is `column = literal`: the literal as text. */
  readonly equals?: string;
}

/**
 * The filter as a condition over these columns only; tests of others become NULL, which in SQL's three-valued logic
 * is exactly "not known". A row can be left out where the condition IS FALSE. Undefined where nothing is known.
 */
export function filterCondition(filter: Filter, columns: ReadonlySet<string>): string | undefined {
  const text = conditionText(filter, columns);
  return text === unknown ? undefined : text;
}

const unknown = 'NULL';

function conditionText(filter: Filter, columns: ReadonlySet<string>): string {
  if (filter === null) return unknown;
  if ('test' in filter) return filter.columns.every((name) => columns.has(name)) ? `(${filter.test})` : unknown;
  if ('not' in filter) {
    const inner = conditionText(filter.not, columns);
    return inner === unknown ? unknown : `(NOT ${inner})`;
  }
  const [parts, word] = 'and' in filter ? [filter.and, ' AND '] : [filter.or, ' OR '];
  const texts = parts.map((part) => conditionText(part, columns));
  // A NULL must stay, also beside AND: around it there may be a NOT.
  return texts.every((text) => text === unknown) ? unknown : `(${texts.join(word)})`;
}

/** The tests `column = literal` that every row must pass. */
export function requiredEqualities(filter: Filter): readonly { readonly column: string; readonly value: string }[] {
  if (filter === null) return [];
  if ('and' in filter) return filter.and.flatMap(requiredEqualities);
  if (!('test' in filter) || filter.equals === undefined) return [];
  const [column] = filter.columns;
  return column === undefined ? [] : [{ column, value: filter.equals }];
}
