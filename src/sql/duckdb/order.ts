import { join, type Sql, sql } from '../sql-text.ts';
import { type Body, objectAt } from '../syntax-tree.ts';
import { allowOnly, type Printing, refuse } from './printing.ts';

/** `ORDER BY …` with the place of NULLs said: last by default in Trino, whatever the direction. */
export function orderList(printing: Printing, items: readonly Body[]): Sql {
  return sql`ORDER BY ${join(items.map((item) => orderItem(printing, item)))}`;
}

function orderItem(printing: Printing, item: Body): Sql {
  allowOnly(printing, 'ORDER BY', item, ['this', 'desc', 'nulls_first']);
  const key = objectAt(item, 'this');
  if (key === undefined) return refuse(printing, 'this ORDER BY', item);
  const direction = item['desc'] === true ? ' DESC' : '';
  return sql`${printing.expression(printing, key)}${direction} NULLS ${item['nulls_first'] === true ? 'FIRST' : 'LAST'}`;
}
