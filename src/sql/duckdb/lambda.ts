import { join, type Sql, sql } from '../sql-text.ts';
import { bodyOf, kindOf, listAt, type Node, nodesOfKind, objectAt, rewrite, textAt } from '../syntax-tree.ts';
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

/**
 * A lambda of several parameters over one row: `(k, v) -> v > 1` is `lambda p: p.value > 1`, where `fields` are the row's
 * columns in the parameters' order. Each level has a row of its own name, so that lambdas may stand in each other.
 */
export function rowLambda(
  printing: Printing,
  node: Node,
  fields: readonly string[],
  result: (body: Sql, row: string) => Sql,
): Sql {
  const body = bodyOf(node);
  const inner = objectAt(body, 'body');
  const names = listAt(body, 'parameters').map((name) => textAt(name, 'name')?.toLowerCase() ?? '');
  if (kindOf(node) !== 'lambda' || inner === undefined || names.length !== fields.length)
    return refuse(printing, `anything but a lambda of ${fields.length} parameters here`, node);
  allowOnly(printing, 'lambda', body, ['parameters', 'body']);
  const hides = nodesOfKind(inner, 'lambda').flatMap((lambda_) => listAt(lambda_, 'parameters'));
  if (hides.some((name) => names.includes(textAt(name, 'name')?.toLowerCase() ?? '')))
    return refuse(printing, 'a lambda whose parameter has the name of one around it', node);
  const row = `athena_row_${printing.within.length}`;
  const replaced = rewrite({ inner }, (part) => {
    const column = bodyOf(part);
    const owner = objectAt(column, 'table');
    const name = textAt(owner ?? objectAt(column, 'name') ?? {}, 'name')?.toLowerCase() ?? '';
    const field = fields[names.indexOf(name)];
    if (kindOf(part) !== 'column' || field === undefined) return undefined;
    const value = { column: { name: { name: field, quoted: true }, table: { name: row, quoted: true } } };
    return owner === undefined ? value : { dot: { this: value, field: objectAt(column, 'name') } };
  });
  return sql`lambda ${row}: ${result(printing.expression(printing, objectAt(replaced, 'inner') ?? {}), row)}`;
}
