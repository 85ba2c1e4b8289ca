import { isAggregate } from '../duckdb/aggregate-node.ts';
import { expression } from '../duckdb/expression.ts';
import { numberLiteral, type Printing, stringLiteral } from '../duckdb/printing.ts';
import { render } from '../sql-text.ts';
import {
  bodyOf,
  kindOf,
  listAt,
  type Node,
  nameAt,
  namesAt,
  nodesOfKind,
  objectAt,
  rewrite,
  textAt,
} from '../syntax-tree.ts';
import { allOf, anyOf, type Condition, mapTests } from './boolean-tree.ts';
import type { Filter } from './filter.ts';
import { outputNames, outputsOf } from './outputs.ts';
import { type Source, sourcesOf } from './sources.ts';

/** What each reference to a name of WITH demands of it. */
type Demands = Map<string, Condition[]>;

interface Walk {
  readonly printing: Printing;
  /** By the table's node. */
  readonly filters: Map<Node, Filter>;
  readonly names: ReadonlyMap<string, Demands>;
}

/**
 * What a query demands of each table that it names: WHERE and ON of its own SELECT, and those of the queries around
 * it, translated through subqueries and WITH. Tables that are not in the result have no filter.
 */
export function collectFilters(printing: Printing, query: Node): ReadonlyMap<Node, Filter> {
  const filters = new Map<Node, Filter>();
  visitQuery({ printing, filters, names: new Map() }, query, undefined, undefined);
  return filters;
}

function visitQuery(walk: Walk, query: Node, condition: Condition, names: readonly string[] | undefined): void {
  withScope(walk, bodyOf(query), (scope) => visitBody(scope, query, condition, names));
}

function visitBody(walk: Walk, query: Node, condition: Condition, names: readonly string[] | undefined): void {
  const kind = kindOf(query);
  const body = bodyOf(query);
  const [left, right] = [objectAt(body, 'left'), objectAt(body, 'right')];
  const limited = objectAt(body, 'limit') !== undefined || objectAt(body, 'offset') !== undefined;
  const passed = limited ? undefined : condition;
  if (kind === 'select') {
    visitSelect(walk, query, condition, names);
  } else if (kind === 'subquery') {
    const inner = objectAt(body, 'this');
    if (inner !== undefined) visitQuery(walk, inner, passed, names);
  } else if (left !== undefined && right !== undefined) {
    const columns = names ?? (kindOf(left) === 'select' ? outputNames(left) : undefined);
    visitQuery(walk, left, passed, names);
    // The columns are named by the first query, and go by place in the others.
    visitQuery(walk, right, columns === undefined ? undefined : passed, columns);
  }
}

/** Visits the query, then what WITH defines, last first: by then every reference to it has been seen. */
function withScope(walk: Walk, body: Node, visit: (walk: Walk) => void): void {
  const clause = objectAt(body, 'with') ?? {};
  const recursive = clause['recursive'] === true;
  const scopes: { readonly name: string; readonly cte: Node; readonly scope: Walk; readonly demands: Demands }[] = [];
  let scope = walk;
  for (const cte of listAt(clause, 'ctes')) {
    const name = (nameAt(cte, 'alias') ?? '').toLowerCase();
    const demands: Demands = new Map([[name, []]]);
    const inside = scope;
    scope = { ...scope, names: new Map([...scope.names, [name, demands]]) };
    scopes.push({ name, cte, scope: recursive ? scope : inside, demands });
  }
  visit(scope);
  for (const { name, cte, scope: inside, demands } of scopes.reverse()) {
    const query = objectAt(cte, 'this');
    const columns = namesAt(cte, 'columns').map((column) => column.toLowerCase());
    // A recursive query reads itself: what is demanded of its result says nothing about the steps.
    const demanded = recursive ? undefined : anyOf(demands.get(name) ?? [undefined]);
    if (query !== undefined) visitQuery(inside, query, demanded, columns.length === 0 ? undefined : columns);
  }
}

function visitSelect(walk: Walk, select: Node, condition: Condition, names: readonly string[] | undefined): void {
  const body = bodyOf(select);
  const output = outputsOf(select, names);
  const passed = condition && mapTests(condition, (test) => substituted(test, output));
  const where = objectAt(objectAt(body, 'where_clause') ?? {}, 'this');
  const whole = allOf([where, passed]);
  const { sources, outer } = sourcesOf(body);
  for (const source of sources) {
    const own = allOf([whole, ...source.conditions]);
    const kept =
      own && mapTests(own, (test) => (!outer || isStrict(test) ? ownTest(test, source, sources) : undefined));
    visitSource(walk, source, kept);
  }
  const rest = [
    body['expressions'],
    body['where_clause'],
    body['having'],
    body['order_by'],
    body['joins'],
    body['group_by'],
  ];
  for (const subquery of subqueriesIn(rest)) visitQuery(walk, subquery, undefined, undefined);
}

function visitSource(walk: Walk, source: Source, condition: Condition): void {
  const body = bodyOf(source.node);
  if (kindOf(source.node) === 'subquery') {
    const { alias: _alias, column_aliases: _columns, ...rest } = body;
    const columns = namesAt(body, 'column_aliases').map((column) => column.toLowerCase());
    visitQuery(walk, { subquery: rest }, condition, columns.length === 0 ? undefined : columns);
    return;
  }
  const name = (nameAt(body, 'name') ?? '').toLowerCase();
  const demands = objectAt(body, 'schema') === undefined ? walk.names.get(name) : undefined;
  const renamed = namesAt(body, 'column_aliases').length > 0;
  const known = renamed ? undefined : condition;
  if (demands !== undefined) demands.get(name)?.push(known);
  else walk.filters.set(source.node, known === undefined ? null : filterOf(walk.printing, known));
}

/** A test of this source's columns alone, without their table; undefined for any other. */
function ownTest(test: Node, source: Source, sources: readonly Source[]): Condition {
  const columns = nodesOfKind(test, 'column');
  if (columns.length === 0 || ['select', 'window_function', 'union'].some((kind) => nodesOfKind(test, kind).length > 0))
    return undefined;
  const own = columns.every((column) => {
    const table = nameAt(column, 'table')?.toLowerCase();
    return table === undefined || table === source.name;
  });
  // A column `s.f` may be field f of column s; only a name that is a source's is surely a table.
  const foreign = columns.some((column) => {
    const table = nameAt(column, 'table')?.toLowerCase();
    return table !== undefined && !sources.some((other) => other.name === table);
  });
  if (!own || foreign || nodesOfKind(test, 'dot').length > 0) return undefined;
  return rewrite(test, (node) =>
    kindOf(node) === 'column' ? { column: { name: objectAt(bodyOf(node), 'name'), table: null } } : undefined,
  );
}

function substituted(test: Node, output: (name: string) => Node | undefined): Condition {
  let complete = true;
  const result = rewrite(test, (node) => {
    if (kindOf(node) !== 'column') return undefined;
    const value = output((nameAt(bodyOf(node), 'name') ?? '').toLowerCase());
    if (value === undefined) complete = false;
    return value === undefined ? node : { paren: { this: value } };
  });
  return complete ? result : undefined;
}

const lenient = [
  'is_null',
  'is_true',
  'is_false',
  'coalesce',
  'case',
  'if_func',
  'null_safe_eq',
  'null_safe_neq',
  'function',
];

/** A test that is NULL where its column is: beside an outer join only such a one may leave rows out beforehand. */
function isStrict(test: Node): boolean {
  return lenient.every((kind) => nodesOfKind(test, kind).length === 0);
}

function subqueriesIn(tree: unknown): Node[] {
  if (Array.isArray(tree)) return tree.flatMap(subqueriesIn);
  if (typeof tree !== 'object' || tree === null) return [];
  const node = { ...tree };
  if (Object.keys(node).length === 1 && ['select', 'union', 'intersect', 'except'].includes(kindOf(node)))
    return [node];
  return Object.values(node).flatMap(subqueriesIn);
}

const changing = new Set(['random', 'rand', 'uuid', 'shuffle']);

function filterOf(printing: Printing, condition: Node): Filter {
  const body = bodyOf(condition);
  const [left, right, inner] = [objectAt(body, 'left'), objectAt(body, 'right'), objectAt(body, 'this')];
  const kind = kindOf(condition);
  if (kind === 'and' && left && right) return { and: [filterOf(printing, left), filterOf(printing, right)] };
  if (kind === 'or' && left && right) return { or: [filterOf(printing, left), filterOf(printing, right)] };
  if (kind === 'not' && inner) return { not: filterOf(printing, inner) };
  if (kind === 'paren' && inner) return filterOf(printing, inner);
  if (isUnsteady(condition)) return null;
  const columns = [
    ...new Set(nodesOfKind(condition, 'column').map((column) => (nameAt(column, 'name') ?? '').toLowerCase())),
  ];
  const equals = equalityOf(condition);
  return {
    test: render(expression(printing, condition)).text,
    columns,
    ...(equals === undefined ? {} : { equals }),
  };
}

/** Not the same each time, or not of one row. */
function isUnsteady(tree: unknown): boolean {
  if (Array.isArray(tree)) return tree.some(isUnsteady);
  if (typeof tree !== 'object' || tree === null) return false;
  const node = { ...tree };
  const name = textAt(bodyOf(node), 'name')?.toLowerCase() ?? kindOf(node);
  return isAggregate(node) || changing.has(name) || Object.values(node).some(isUnsteady);
}

function equalityOf(test: Node): string | undefined {
  if (kindOf(test) !== 'eq') return undefined;
  const [left, right] = [objectAt(bodyOf(test), 'left'), objectAt(bodyOf(test), 'right')];
  const [column, value] = left && kindOf(plain(left)) === 'column' ? [left, right] : [right, left];
  if (column === undefined || kindOf(plain(column)) !== 'column') return undefined;
  return stringLiteral(value) ?? numberLiteral(value);
}

function plain(node: Node): Node {
  const inner = kindOf(node) === 'paren' ? objectAt(bodyOf(node), 'this') : undefined;
  return inner === undefined ? node : plain(inner);
}
