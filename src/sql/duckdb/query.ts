import { pathColumn } from '../hidden-column.ts';
import { sourcesOf } from '../pruning/sources.ts';
import { join, type Sql, sql } from '../sql-text.ts';
import { type Body, bodyOf, flagAt, kindOf, listAt, type Node, nameAt, objectAt, textAt } from '../syntax-tree.ts';
import { fromClause } from './from.ts';
import { orderList } from './order.ts';
import { allowOnly, identifier, type Printing, refuse } from './printing.ts';
import { reassociate } from './set-operation.ts';
import { namedWindows } from './window.ts';

type QueryPrinter = (printing: Printing, body: Body, node: Node) => Sql;

const setOperations: Readonly<Record<string, string>> = { union: 'UNION', intersect: 'INTERSECT', except: 'EXCEPT' };

/** Prints a query without parentheses around it. */
export function query(printing: Printing, node: Node): Sql {
  const kind = kindOf(node);
  const print = queries[kind];
  if (print === undefined) return refuse(printing, kind.replaceAll('_', ' '), node);
  return print(printing, bodyOf(node), node);
}

const select: QueryPrinter = (outer, body) => {
  allowOnly(outer, 'SELECT', body, [
    'expressions',
    'from',
    'joins',
    'where_clause',
    'group_by',
    'having',
    'order_by',
    'limit',
    'offset',
    'fetch',
    'distinct',
    'with',
    'windows',
  ]);
  const { printing, text: withText } = withClause(outer, body);
  const from = fromClause(printing, body);
  const items = listAt(body, 'expressions').map((item) => selectItem(printing, item, body));
  const windows = listAt(body, 'windows');
  return [
    withText,
    flagAt(body, 'distinct') ? 'SELECT DISTINCT ' : 'SELECT ',
    join(items),
    from,
    condition(printing, body, 'where_clause', ' WHERE '),
    groupBy(printing, body),
    condition(printing, body, 'having', ' HAVING '),
    windows.length === 0 ? '' : namedWindows(printing, windows),
    tail(printing, body),
  ];
};

function selectItem(printing: Printing, item: Node, select: Body): Sql {
  if (kindOf(item) === 'star' && printing.namesPath && takesTable(printing, bodyOf(item), select))
    return sql`${printing.expression(printing, item)} NOT LIKE '${pathColumn}'`;
  if (kindOf(item) !== 'alias') return printing.expression(printing, item);
  const body = bodyOf(item);
  allowOnly(printing, 'alias', body, ['this', 'alias']);
  const name = objectAt(body, 'alias');
  const value = objectAt(body, 'this');
  if (name === undefined || value === undefined) return refuse(printing, 'this alias', item);
  return sql`${printing.expression(printing, value)} AS ${identifier(name)}`;
}

/** Whether a star takes the columns of a table, not only those that a subquery or WITH names itself. */
function takesTable(printing: Printing, star: Body, select: Body): boolean {
  const owner = nameAt(star, 'table')?.toLowerCase();
  const { sources } = sourcesOf(select);
  return sources.some(
    ({ node, name }) =>
      (owner === undefined || owner === name) && printing.tables.some((mention) => mention.node === node),
  );
}

function condition(printing: Printing, body: Body, key: string, word: string): Sql {
  const clause = objectAt(body, key);
  const test = clause && objectAt(clause, 'this');
  return test === undefined ? '' : sql`${word}${printing.expression(printing, test)}`;
}

const groupings: Readonly<Record<string, string>> = {
  'GROUPING SETS': 'GROUPING SETS',
  ROLLUP: 'ROLLUP',
  CUBE: 'CUBE',
};

function groupBy(printing: Printing, body: Body): Sql {
  const clause = objectAt(body, 'group_by');
  if (clause === undefined) return '';
  allowOnly(printing, 'GROUP BY', clause, ['expressions']);
  const keys = listAt(clause, 'expressions').map((key): Sql => {
    const grouping = kindOf(key) === 'function' ? groupings[textAt(bodyOf(key), 'name') ?? ''] : undefined;
    if (grouping === undefined) return printing.expression(printing, key);
    return sql`${grouping} (${join(listAt(bodyOf(key), 'args').map((arg) => printing.expression(printing, arg)))})`;
  });
  return sql` GROUP BY ${join(keys)}`;
}

/** ORDER BY, LIMIT, OFFSET and FETCH of a query. A SELECT wraps its count in a node, a set operation does not. */
function tail(printing: Printing, body: Body): Sql {
  const order = objectAt(body, 'order_by');
  const fetch = objectAt(body, 'fetch');
  if (fetch !== undefined) allowOnly(printing, 'FETCH FIRST', fetch, ['direction', 'count', 'rows']);
  return [
    order === undefined ? '' : sql` ${orderList(printing, listAt(order, 'expressions'))}`,
    count(printing, fetch === undefined ? objectAt(body, 'limit') : objectAt(fetch, 'count'), ' LIMIT '),
    count(printing, objectAt(body, 'offset'), ' OFFSET '),
  ];
}

function count(printing: Printing, clause: Body | undefined, word: string): Sql {
  if (clause === undefined) return '';
  const value = objectAt(clause, 'this') ?? clause;
  const name = kindOf(value) === 'column' ? textAt(objectAt(bodyOf(value), 'name') ?? {}, 'name') : undefined;
  // The SDK reads LIMIT ALL as a column.
  return name?.toLowerCase() === 'all' ? '' : sql`${word}${printing.expression(printing, value)}`;
}

const setOperation: QueryPrinter = (outer, _body, written) => {
  const node = reassociate(written);
  const body = bodyOf(node);
  allowOnly(outer, 'set operation', body, ['left', 'right', 'all', 'distinct', 'with', 'order_by', 'limit', 'offset']);
  const { printing, text } = withClause(outer, body);
  const left = objectAt(body, 'left');
  const right = objectAt(body, 'right');
  if (left === undefined || right === undefined) return refuse(printing, 'this set operation', body);
  const all = flagAt(body, 'all') ? ' ALL' : '';
  const word = setOperations[kindOf(node)] ?? refuse(printing, kindOf(node), body);
  return [text, operand(printing, left), ` ${word}${all} `, operand(printing, right), tail(printing, body)];
};

function operand(printing: Printing, node: Node): Sql {
  return kindOf(node) === 'select' ? query(printing, node) : sql`(${query(printing, node)})`;
}

const subquery: QueryPrinter = (printing, body) => {
  allowOnly(printing, 'subquery', body, ['this', 'order_by', 'limit', 'offset']);
  const inner = objectAt(body, 'this');
  if (inner === undefined) return refuse(printing, 'this subquery', body);
  const after = tail(printing, body);
  const plain = objectAt(body, 'order_by') === undefined && objectAt(body, 'limit') === undefined;
  return plain ? query(printing, inner) : sql`(${query(printing, inner)})${after}`;
};

const values: QueryPrinter = (printing, body) => {
  allowOnly(printing, 'VALUES', body, ['expressions']);
  const rows = listAt(body, 'expressions').map((row) => {
    const fields = listAt(row, 'expressions').map((field) => printing.expression(printing, field));
    return sql`(${join(fields)})`;
  });
  return sql`VALUES ${join(rows)}`;
};

/** WITH: its names hide the catalog's from the query, and from each other in order. */
function withClause(outer: Printing, body: Body): { readonly printing: Printing; readonly text: Sql } {
  const clause = objectAt(body, 'with');
  if (clause === undefined) return { printing: outer, text: '' };
  allowOnly(outer, 'WITH', clause, ['ctes', 'recursive']);
  const recursive = flagAt(clause, 'recursive');
  let printing = outer;
  const parts = listAt(clause, 'ctes').map((cte) => {
    allowOnly(printing, 'WITH', cte, ['alias', 'this', 'columns']);
    const name = objectAt(cte, 'alias');
    const inner = objectAt(cte, 'this');
    if (name === undefined || inner === undefined) return refuse(printing, 'this WITH', cte);
    const withNames = new Set([...printing.withNames, (textAt(name, 'name') ?? '').toLowerCase()]);
    const columns = listAt(cte, 'columns');
    const list = columns.length === 0 ? '' : sql` (${join(columns.map(identifier))})`;
    const text = sql`${identifier(name)}${list} AS (${query(recursive ? { ...printing, withNames } : printing, inner)})`;
    printing = { ...printing, withNames };
    return text;
  });
  return { printing, text: sql`WITH ${recursive ? 'RECURSIVE ' : ''}${join(parts)} ` };
}

const queries: Readonly<Record<string, QueryPrinter>> = {
  except: setOperation,
  intersect: setOperation,
  select,
  subquery,
  union: setOperation,
  values,
};
