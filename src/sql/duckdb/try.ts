import { type Sql, sql } from '../sql-text.ts';
import { nodesOfKind } from '../syntax-tree.ts';
import { type Call, callOf } from './call.ts';
import { aggregates } from './functions/aggregate.ts';
import { checkCount } from './functions/function.ts';
import { type Printing, refuse } from './printing.ts';

/**
 * `TRY(x)`: NULL where x fails. DuckDB's TRY takes no aggregates, subqueries or windows inside; there the query can
 * be written with the aggregate in a subquery, and the error says so.
 */
export function tryExpression(printing: Printing, call: Call): Sql {
  checkCount(printing, call, 1);
  const [inside] = call.args;
  if (inside === undefined) return refuse(printing, 'try() without an expression', call.node);
  if (holdsAggregate(printing, inside))
    return refuse(
      printing,
      'TRY around an aggregate, a window or a subquery',
      call.node,
      'compute the aggregate in a subquery and TRY around its columns, or use nullif(divisor, 0)',
    );
  return sql`TRY(${printing.expression(printing, inside)})`;
}

function holdsAggregate(printing: Printing, node: unknown): boolean {
  if (nodesOfKind(node, 'select').length + nodesOfKind(node, 'window_function').length > 0) return true;
  if (Array.isArray(node)) return node.some((child) => holdsAggregate(printing, child));
  if (typeof node !== 'object' || node === null) return false;
  const keys = Object.keys(node);
  const tree = { ...node };
  if (keys.length === 1) {
    const call = callOf(printing, tree);
    if (call !== undefined && Object.hasOwn(aggregates, call.name)) return true;
  }
  return Object.values(tree).some((child) => holdsAggregate(printing, child));
}
