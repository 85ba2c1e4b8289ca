import { join, type Sql, sql } from '../sql-text.ts';
import { type Body, bodyOf, flagAt, kindOf, listAt, type Node, objectAt, textAt } from '../syntax-tree.ts';
import { callOf } from './call.ts';
import { castPrinters } from './cast.ts';
import { aggregates, spreadOf, withinGroup } from './functions/aggregate.ts';
import { functions } from './functions/registry.ts';
import { extractPart } from './functions/time.ts';
import { interval, literal } from './literal.ts';
import { binaryOperators } from './operator.ts';
import { allowOnly, callMacro, identifier, type Printing, placed, refuse } from './printing.ts';
import { tryExpression } from './try.ts';
import { windowFunction } from './window.ts';

export type ExpressionPrinter = (printing: Printing, body: Body, node: Node) => Sql;

/** The part of a body that holds one expression. */
function inner(printing: Printing, body: Body, key: string): Sql {
  const node = objectAt(body, key);
  return node === undefined
    ? refuse(printing, `an expression without its ${key}`, body)
    : printing.expression(printing, node);
}

const column: ExpressionPrinter = (printing, body) => {
  allowOnly(printing, 'column', body, ['name', 'table']);
  const name = objectAt(body, 'name');
  const table = objectAt(body, 'table');
  if (name === undefined) return refuse(printing, 'a column without a name', body);
  return table === undefined ? identifier(name) : sql`${identifier(table)}.${identifier(name)}`;
};

/** `a.b.c`: a column of a table named with its database where there is such a table, else a field of a column. */
const dot: ExpressionPrinter = (printing, body) => {
  const field = objectAt(body, 'field');
  const owner = objectAt(body, 'this');
  if (field === undefined || owner === undefined) return refuse(printing, 'this use of a dot', body);
  const inside = kindOf(owner) === 'column' ? bodyOf(owner) : {};
  const [database, table] = [objectAt(inside, 'table'), objectAt(inside, 'name')];
  const [schema, name] = [database, table].map((part) => textAt(part ?? {}, 'name')?.toLowerCase());
  const known =
    schema !== undefined &&
    (printing.views.includes(`${schema}.${name}`) ||
      printing.tables.some((mention) => mention.database === schema && mention.name === name));
  if (known && table !== undefined) return sql`${identifier(table)}.${identifier(field)}`;
  return sql`${printing.expression(printing, owner)}.${identifier(field)}`;
};

const star: ExpressionPrinter = (printing, body) => {
  allowOnly(printing, '*', body, ['table']);
  const table = objectAt(body, 'table');
  return table === undefined ? '*' : sql`${identifier(table)}.*`;
};

const caseWhen: ExpressionPrinter = (printing, body) => {
  allowOnly(printing, 'CASE', body, ['operand', 'whens', 'else_']);
  const operand = objectAt(body, 'operand');
  const whens = (Array.isArray(body['whens']) ? body['whens'] : []).map((when: unknown) => {
    const [condition, result] = listAt({ when }, 'when');
    if (condition === undefined || result === undefined) return refuse(printing, 'this CASE', body);
    return sql` WHEN ${printing.expression(printing, condition)} THEN ${printing.expression(printing, result)}`;
  });
  const otherwise = objectAt(body, 'else_');
  return sql`CASE${operand === undefined ? '' : sql` ${printing.expression(printing, operand)}`}${join(whens, '')}${
    otherwise === undefined ? '' : sql` ELSE ${printing.expression(printing, otherwise)}`
  } END`;
};

const ifFunction: ExpressionPrinter = (printing, body) => {
  allowOnly(printing, 'if()', body, ['condition', 'true_value', 'false_value']);
  const otherwise = objectAt(body, 'false_value');
  const rest = otherwise === undefined ? '' : sql` ELSE ${printing.expression(printing, otherwise)}`;
  return sql`CASE WHEN ${inner(printing, body, 'condition')} THEN ${inner(printing, body, 'true_value')}${rest} END`;
};

const between: ExpressionPrinter = (printing, body) => {
  allowOnly(printing, 'BETWEEN', body, ['this', 'low', 'high', 'not']);
  const not = flagAt(body, 'not') ? ' NOT' : '';
  return sql`(${inner(printing, body, 'this')}${not} BETWEEN ${inner(printing, body, 'low')} AND ${inner(printing, body, 'high')})`;
};

const inList: ExpressionPrinter = (printing, body) => {
  allowOnly(printing, 'IN', body, ['this', 'expressions', 'query', 'not']);
  const query = objectAt(body, 'query');
  const items =
    query === undefined
      ? join(listAt(body, 'expressions').map((item) => printing.expression(printing, item)))
      : printing.query(printing, query);
  return sql`(${inner(printing, body, 'this')}${flagAt(body, 'not') ? ' NOT' : ''} IN (${items}))`;
};

const like: ExpressionPrinter = (printing, body) => {
  allowOnly(printing, 'LIKE', body, ['left', 'right', 'escape']);
  const mark = objectAt(body, 'escape');
  const tail = mark === undefined ? '' : sql` ESCAPE ${printing.expression(printing, mark)}`;
  return sql`(${inner(printing, body, 'left')} LIKE ${inner(printing, body, 'right')}${tail})`;
};

const isSomething =
  (what: string): ExpressionPrinter =>
  (printing, body) => {
    allowOnly(printing, `IS ${what}`, body, ['this', 'not']);
    return sql`(${inner(printing, body, 'this')} IS ${flagAt(body, 'not') ? 'NOT ' : ''}${what})`;
  };

const subquery: ExpressionPrinter = (printing, _body, node) => sql`(${printing.query(printing, node)})`;

const exists: ExpressionPrinter = (printing, body) => {
  allowOnly(printing, 'EXISTS', body, ['this', 'not']);
  const query = objectAt(body, 'this');
  if (query === undefined) return refuse(printing, 'this EXISTS', body);
  return sql`${flagAt(body, 'not') ? 'NOT ' : ''}EXISTS (${printing.query(printing, query)})`;
};

const comparisons: Readonly<Record<string, string>> = { Eq: '=', Neq: '<>', Lt: '<', Lte: '<=', Gt: '>', Gte: '>=' };

const quantified =
  (quantifier: string): ExpressionPrinter =>
  (printing, body) => {
    allowOnly(printing, quantifier, body, ['this', 'subquery', 'op']);
    const operator = comparisons[textAt(body, 'op') ?? ''];
    const query = objectAt(body, 'subquery');
    if (operator === undefined || query === undefined) return refuse(printing, `this ${quantifier}`, body);
    return sql`(${inner(printing, body, 'this')} ${operator} ${quantifier} (${printing.query(printing, query)}))`;
  };

const coalesce: ExpressionPrinter = (printing, body) => {
  allowOnly(printing, 'coalesce()', body, ['expressions']);
  return sql`coalesce(${join(listAt(body, 'expressions').map((item) => printing.expression(printing, item)))})`;
};

const trim: ExpressionPrinter = (printing, body) => {
  allowOnly(printing, 'trim()', body, ['this', 'characters', 'position']);
  const name = { Leading: 'ltrim', Trailing: 'rtrim' }[textAt(body, 'position') ?? ''] ?? 'trim';
  const characters = objectAt(body, 'characters');
  const args = [
    inner(printing, body, 'this'),
    ...(characters === undefined ? [] : [inner(printing, body, 'characters')]),
  ];
  return sql`${name}(${join(args)})`;
};

const extract: ExpressionPrinter = (printing, body) => {
  allowOnly(printing, 'extract()', body, ['this', 'field']);
  const time = objectAt(body, 'this');
  const field = textAt(body, 'field') ?? textAt(objectAt(body, 'field') ?? {}, 'Custom');
  if (time === undefined || field === undefined) return refuse(printing, 'this extract()', body);
  return extractPart(printing, field, time);
};

const group: ExpressionPrinter = (printing, body) => {
  const call = objectAt(body, 'this');
  const found = call === undefined ? undefined : callOf(printing, call);
  if (found === undefined) return refuse(printing, 'this WITHIN GROUP', body);
  return withinGroup(printing, found, listAt(body, 'order_by'), '');
};

const subscript: ExpressionPrinter = (printing, body) => {
  allowOnly(printing, 'subscript', body, ['this', 'index']);
  const index = objectAt(body, 'index');
  const value = inner(printing, body, 'this');
  // A number selects from an array (or a map with whole keys); anything else is a key.
  if (index !== undefined && kindOf(index) === 'literal' && textAt(bodyOf(index), 'literal_type') === 'number')
    return callMacro(printing, 'athena_array_at', value, inner(printing, body, 'index'));
  return sql`(${value})[${inner(printing, body, 'index')}]`;
};

const list =
  (open: string, close: string): ExpressionPrinter =>
  (printing, body) =>
    sql`${open}${join(listAt(body, 'expressions').map((item) => printing.expression(printing, item)))}${close}`;

const printers: Readonly<Record<string, ExpressionPrinter>> = {
  ...binaryOperators,
  ...castPrinters,
  all: quantified('ALL'),
  any: quantified('ANY'),
  array_func: list('[', ']'),
  at_time_zone: (printing, _body, node) =>
    refuse(
      printing,
      'AT TIME ZONE as a value that keeps its zone',
      node,
      'take what is needed from it: hour(…), date(…), date_format(…), cast(… as timestamp)',
    ),
  between,
  boolean: (_printing, body) => (flagAt(body, 'value') ? 'TRUE' : 'FALSE'),
  case: caseWhen,
  coalesce,
  column,
  dot,
  except: subquery,
  exists,
  extract,
  if_func: ifFunction,
  in: inList,
  intersect: subquery,
  interval,
  is_false: isSomething('FALSE'),
  is_null: isSomething('NULL'),
  is_true: isSomething('TRUE'),
  like,
  literal,
  neg: (printing, body) => sql`(- ${inner(printing, body, 'this')})`,
  not: (printing, body) => sql`(NOT ${inner(printing, body, 'this')})`,
  null: () => 'NULL',
  paren: (printing, body) => sql`(${inner(printing, body, 'this')})`,
  select: subquery,
  star,
  subquery,
  subscript,
  trim,
  tuple: list('(', ')'),
  union: subquery,
  within_group: group,
};

/** Prints an expression; refuses, by name, what no printer knows. */
export function expression(printing: Printing, node: Node): Sql {
  const kind = kindOf(node);
  const print = printers[kind];
  if (print !== undefined) return print(printing, bodyOf(node), node);
  if (kind === 'window_function') return windowFunction(printing, bodyOf(node), node);
  const call = callOf(printing, node);
  if (call === undefined) return refuse(printing, kind.replaceAll('_', ' '), node);
  const aggregate = aggregates[call.name];
  if (aggregate !== undefined) return aggregate(printing, call, spreadOf(printing, call, ''));
  if (call.name === 'try') return tryExpression(printing, call);
  const print_ = functions[call.name];
  if (print_ === undefined || call.distinct || call.filter !== undefined || call.orderBy.length > 0)
    return refuse(printing, `the function ${call.name}()`, call.node);
  return placed(printing, call.name, node, (inside) => print_(inside, call));
}
