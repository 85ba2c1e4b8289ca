import { parseBound } from './bind-parameters.ts';
import { printQuery } from './duckdb/print.ts';
import { expandViews, type ViewTexts } from './expand-views.ts';
import { transpileQuery } from './parse.ts';
import { collectFilters } from './pruning/collect-filters.ts';
import { sourcesOf } from './pruning/sources.ts';
import { render } from './sql-text.ts';
import { bodyOf, kindOf, listAt, type Node, nameAt, namesAt, nodesOfKind } from './syntax-tree.ts';
import type { TranslatedTable, Translation } from './translation.ts';

export interface TranslateOptions {
  readonly from: 'athena';
  readonly to: 'duckdb' | 'spark' | 'trino';
  /** Views that the query reads; a name that is not among them is a table's. Only for DuckDB. */
  readonly views?: ViewTexts;
  /** Values of the query's `?`, as SQL writes constants. Only for DuckDB. */
  readonly parameters?: readonly string[];
}

/**
 * A query in Athena's dialect → the engine's, so that the results are Athena's. Pure: it knows no catalog; types are
 * chosen where the engine binds the SQL. Throws PH_SQL_SYNTAX and PH_SQL_UNSUPPORTED, with line and column where the
 * tree tells them: what has no faithful equal is refused by name.
 */
export async function translate(sql: string, options: TranslateOptions): Promise<Translation> {
  const { views } = options;
  const written = await parseBound(sql, options.parameters ?? []);
  const tree = views === undefined ? written : await expandViews(written, views);
  const { text, printing } = printQuery(sql, tree, Object.keys(views?.texts ?? {}));
  const filters = collectFilters(printing, tree);
  const tables = printing.tables.map(({ identifier, database, name, span, node }): TranslatedTable => {
    return {
      identifier,
      name,
      filter: filters.get(node) ?? null,
      ...(database === undefined ? {} : { database }),
      ...(span === undefined ? {} : { at: span.start }),
    };
  });
  const { text: duckSql, map } = render(text);
  const rest = {
    tables,
    columns: mentionedColumns(tree, new Set(printing.tables.map(({ node }) => node))),
    estimates: [...printing.estimates],
    views: printing.views,
  };
  if (options.to === 'duckdb') return { sql: duckSql, map, macros: [...printing.macros], ...rest };
  return { sql: await transpileQuery(sql, options.to), map: [], macros: [], ...rest };
}

/** An upper bound of the columns that are read: their names wherever they stand, all where a star takes a table's. */
function mentionedColumns(tree: Node, tables: ReadonlySet<Node>): readonly string[] {
  const names = new Set<string>();
  for (const column of nodesOfKind(tree, 'column')) {
    // `a.b` is a column of a table, or a field of a column.
    for (const key of ['name', 'table']) {
      const name = nameAt(column, key);
      if (name !== undefined) names.add(name.toLowerCase());
    }
  }
  for (const dot of nodesOfKind(tree, 'dot')) names.add((nameAt(dot, 'field') ?? '').toLowerCase());
  for (const join of joinsOf(tree)) for (const name of namesAt(join, 'using')) names.add(name.toLowerCase());
  // An alias with a list of columns gives them other names.
  const isRenamed = [...tables].some((node) => namesAt(bodyOf(node), 'column_aliases').length > 0);
  if (isRenamed || nodesOfKind(tree, 'select').some((select) => takesAll(select, tables))) names.add('*');
  return [...names];
}

/** A star over subqueries and names of WITH takes what those name themselves. */
function takesAll(select: Node, tables: ReadonlySet<Node>): boolean {
  const stars = listAt(select, 'expressions').filter((item) => kindOf(item) === 'star');
  const owners = stars.map((item) => nameAt(bodyOf(item), 'table')?.toLowerCase());
  return sourcesOf(select).sources.some(
    ({ node, name }) => tables.has(node) && owners.some((owner) => owner === undefined || owner === name),
  );
}

function joinsOf(tree: Node): readonly Node[] {
  return [...nodesOfKind(tree, 'select'), ...nodesOfKind(tree, 'joined_table')].flatMap((body) =>
    listAt(body, 'joins'),
  );
}
