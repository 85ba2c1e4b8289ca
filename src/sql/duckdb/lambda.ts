import { join, type Sql, sql } from '../sql-text.ts';
import { bodyOf, kindOf, listAt, type Node, objectAt } from '../syntax-tree.ts';
import { allowOnly, identifier, type Printing, refuse } from './printing.ts';

/** `x -> x + 1` is `lambda x: x + 1` in DuckDB. */
export function lambda(printing: Printing, node: Node, parameters: number): Sql {
  const body = bodyOf(node);
  const names = listAt(body, 'parameters');
  const result = objectAt(body, 'body');
  if (kindOf(node) !== 'lambda' || result === undefined || names.length !== parameters)
    return refuse(printing, `anything but a lambda of ${parameters} parameter(s) here`, node);
  allowOnly(printing, 'lambda', body, ['parameters', 'body']);
  return sql`lambda ${join(names.map(identifier))}: ${printing.expression(printing, result)}`;
}
