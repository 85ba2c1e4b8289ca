import { pathColumn } from '../hidden-column.ts';
import { callSites } from '../source-tokens.ts';
import type { Sql } from '../sql-text.ts';
import { bodyOf, kindOf, listAt, type Node, nameAt, nodesOfKind, objectAt } from '../syntax-tree.ts';
import { expression } from './expression.ts';
import type { Printing } from './printing.ts';
import { query } from './query.ts';

/** Marks a column that the user gave no name, where its number is not known before the stars are expanded. */
export const unnamedColumn = '_col?';

export interface PrintedQuery {
  readonly text: Sql;
  readonly printing: Printing;
}

/**
 * A whole query in DuckDB's dialect. `views`: full names of those whose queries the tree has in their place. Throws
 * PH_SQL_UNSUPPORTED, with the place, for what has no faithful equal.
 */
export function printQuery(source: string, tree: Node, views: readonly string[] = []): PrintedQuery {
  const printing: Printing = {
    source,
    macros: new Set(),
    tables: [],
    views,
    estimates: new Set(),
    withNames: new Set(),
    namesPath: nodesOfKind(tree, 'column').some((column) => nameAt(column, 'name')?.toLowerCase() === pathColumn),
    sites: callSites(source),
    within: [],
    expression,
    query,
  };
  return { text: query(printing, withNamedColumns(tree)), printing };
}

/** Athena calls the columns that have no name `_col0`, `_col1` … by their place. */
function withNamedColumns(node: Node): Node {
  const kind = kindOf(node);
  const body = bodyOf(node);
  if (kind === 'union' || kind === 'intersect' || kind === 'except')
    return { [kind]: { ...body, left: withNamedColumns(objectAt(body, 'left') ?? {}) } };
  if (kind === 'subquery') return { subquery: { ...body, this: withNamedColumns(objectAt(body, 'this') ?? {}) } };
  if (kind === 'values') return valuesAsSelect(node);
  if (kind !== 'select') return node;
  const items = listAt(body, 'expressions');
  const starred = items.some((item) => kindOf(item) === 'star');
  const expressions = items.map((item, i) =>
    ['alias', 'column', 'dot', 'star'].includes(kindOf(item))
      ? item
      : { alias: { this: item, alias: { name: `${starred ? unnamedColumn : '_col'}${i}`, quoted: true } } },
  );
  return { select: { ...body, expressions } };
}

function valuesAsSelect(node: Node): Node {
  const width = listAt(listAt(bodyOf(node), 'expressions')[0] ?? {}, 'expressions').length;
  const names = Array.from({ length: width }, (_, i) => ({ name: `_col${i}`, quoted: true }));
  const source = { subquery: { this: node, alias: { name: 'athena_values', quoted: true }, column_aliases: names } };
  return { select: { expressions: [{ star: {} }], from: { expressions: [source] } } };
}
