import { type Sql, sql } from '../sql-text.ts';
import { type Body, bodyOf, kindOf, type Node, objectAt, textAt } from '../syntax-tree.ts';
import { isHeavy } from './heavy.ts';
import { allowOnly, callMacro, numberLiteral, type Printing, refuse } from './printing.ts';

type BinaryPrinter = (printing: Printing, body: Body) => Sql;

function operands(printing: Printing, body: Body): readonly [Sql, Sql, Node, Node] {
  allowOnly(printing, 'operator', body, ['left', 'right']);
  const left = objectAt(body, 'left');
  const right = objectAt(body, 'right');
  if (left === undefined || right === undefined) return refuse(printing, 'an operator without two sides', body);
  return [printing.expression(printing, left), printing.expression(printing, right), left, right];
}

const infix =
  (operator: string): BinaryPrinter =>
  (printing, body) => {
    const [left, right] = operands(printing, body);
    return sql`(${left} ${operator} ${right})`;
  };

const isInterval = (node: Node): boolean =>
  kindOf(node) === 'interval' ||
  ((kindOf(node) === 'neg' || kindOf(node) === 'paren') && isInterval(objectAt(bodyOf(node), 'this') ?? {}));

/** A date plus an interval stays a date in Trino. */
const additive =
  (operator: '+' | '-'): BinaryPrinter =>
  (printing, body) => {
    const [left, right, leftNode, rightNode] = operands(printing, body);
    if (isInterval(rightNode) && !isInterval(leftNode))
      return callMacro(printing, 'athena_shift', left, operator === '+' ? right : sql`(- ${right})`);
    if (isInterval(leftNode) && !isInterval(rightNode) && operator === '+')
      return callMacro(printing, 'athena_shift', right, left);
    return sql`(${left} ${operator} ${right})`;
  };

/** Of two dates Trino makes an interval, DuckDB a number of days; with a number there is no question. */
const subtract: BinaryPrinter = (printing, body) => {
  const [left, right, leftNode, rightNode] = operands(printing, body);
  if (isInterval(rightNode) || [leftNode, rightNode].some((node) => numberLiteral(node) !== undefined))
    return additive('-')(printing, body);
  const few = isHeavy(leftNode) || isHeavy(rightNode);
  return callMacro(printing, few ? 'athena_subtract_few' : 'athena_subtract', left, right);
};

/** True where the node can only be a double: then division needs no choice between kinds of number. */
function isDouble(node: Node): boolean {
  const body = bodyOf(node);
  if (kindOf(node) === 'paren' || kindOf(node) === 'neg') return isDouble(objectAt(body, 'this') ?? {});
  if (kindOf(node) === 'cast') return textAt(objectAt(body, 'to') ?? {}, 'data_type') === 'double';
  return (
    kindOf(node) === 'literal' && textAt(body, 'literal_type') === 'number' && /e/i.test(textAt(body, 'value') ?? '')
  );
}

const divide: BinaryPrinter = (printing, body) => {
  const [left, right, leftNode, rightNode] = operands(printing, body);
  if (isDouble(leftNode) || isDouble(rightNode)) return sql`(${left} / ${right})`;
  const few = isHeavy(leftNode) || isHeavy(rightNode);
  return callMacro(printing, few ? 'athena_divide_few' : 'athena_divide', left, right);
};

const modulo: BinaryPrinter = (printing, body) => {
  const [left, right] = operands(printing, body);
  return callMacro(printing, 'athena_modulo', left, right);
};

export const binaryOperators: Readonly<Record<string, BinaryPrinter>> = {
  add: additive('+'),
  and: infix('AND'),
  concat: infix('||'),
  div: divide,
  eq: infix('='),
  gt: infix('>'),
  gte: infix('>='),
  lt: infix('<'),
  lte: infix('<='),
  mod: modulo,
  mul: infix('*'),
  neq: infix('<>'),
  null_safe_eq: infix('IS NOT DISTINCT FROM'),
  null_safe_neq: infix('IS DISTINCT FROM'),
  or: infix('OR'),
  sub: subtract,
};
