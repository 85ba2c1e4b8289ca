import { join, type Sql, sql } from '../sql-text.ts';
import { type Body, flagAt, listAt, objectAt } from '../syntax-tree.ts';
import { allowOnly, callMacro, type Printing, refuse } from './printing.ts';

/**
 * `UNNEST(a, b) WITH ORDINALITY`: the arrays side by side, the shorter filled with NULL. With more names than arrays,
 * what is unnested is a map (key, value) or an array of rows (a column a field).
 */
export function unnest(printing: Printing, body: Body, names: number): Sql {
  allowOnly(printing, 'UNNEST', body, ['this', 'expressions', 'with_ordinality']);
  const first = objectAt(body, 'this');
  if (first === undefined) return refuse(printing, 'this UNNEST', body);
  const lists = [first, ...listAt(body, 'expressions')].map((list) => printing.expression(printing, list));
  const ordinality = flagAt(body, 'with_ordinality');
  const columns = names - (ordinality ? 1 : 0);
  const wide = columns > lists.length;
  if (wide && lists.length > 1) return refuse(printing, 'UNNEST of several maps or arrays of rows', body);
  const rows = lists.map((list) => (wide ? callMacro(printing, 'athena_rows', list) : list));
  const items = rows.map((list) => (wide ? sql`unnest(${list}, max_depth := 2)` : sql`unnest(${list})`));
  const longest =
    rows.length === 1 ? sql`len(${rows[0] ?? ''})` : sql`greatest(${join(rows.map((list) => sql`len(${list})`))})`;
  const numbers = ordinality ? [sql`unnest(range(1, ${longest} + 1))`] : [];
  return sql`LATERAL (SELECT ${join([...items, ...numbers])})`;
}
