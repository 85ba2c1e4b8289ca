import { join, type Sql, sql } from '../sql-text.ts';
import { type Body, kindOf, listAt, type Node, objectAt, textAt } from '../syntax-tree.ts';
import { type Call, callOf } from './call.ts';
import { aggregates, spreadOf } from './functions/aggregate.ts';
import { argsOf } from './functions/function.ts';
import { orderList } from './order.ts';
import { allowOnly, identifier, type Printing, refuse } from './printing.ts';

/** Functions that only a window has: name → least and most arguments. */
const windowFunctions: Readonly<Record<string, readonly [least: number, most: number]>> = {
  cume_dist: [0, 0],
  dense_rank: [0, 0],
  first_value: [1, 1],
  lag: [1, 3],
  last_value: [1, 1],
  lead: [1, 3],
  nth_value: [2, 2],
  ntile: [1, 1],
  percent_rank: [0, 0],
  rank: [0, 0],
  row_number: [0, 0],
};

/** `f(…) OVER (…)` */
export function windowFunction(printing: Printing, body: Body, node: Node): Sql {
  allowOnly(printing, 'OVER', body, ['this', 'over']);
  const inner = objectAt(body, 'this');
  const over = objectAt(body, 'over');
  if (inner === undefined || over === undefined) return refuse(printing, 'this window', node);
  const call = callOf(printing, inner);
  if (call === undefined) return refuse(printing, `${kindOf(inner)} OVER`, node);
  const text = sql` OVER ${overClause(printing, over)}`;
  const aggregate = aggregates[call.name];
  if (aggregate !== undefined) return aggregate(printing, call, spreadOf(printing, call, text));
  return onlyWindow(printing, call, text);
}

function onlyWindow(printing: Printing, call: Call, over: Sql): Sql {
  const arity = windowFunctions[call.name];
  if (arity === undefined || call.distinct || call.orderBy.length > 0 || call.filter !== undefined)
    return refuse(printing, `${call.name}() OVER`, call.node);
  const nulls = call.ignoreNulls ? ' IGNORE NULLS' : '';
  return sql`${call.name}(${join(argsOf(printing, call, ...arity))}${nulls})${over}`;
}

function overClause(printing: Printing, over: Body): Sql {
  const name = objectAt(over, 'window_name');
  const specification = windowSpecification(printing, over);
  if (name === undefined) return sql`(${specification})`;
  const bare = listAt(over, 'partition_by').length + listAt(over, 'order_by').length === 0 && over['frame'] === null;
  return bare ? identifier(name) : sql`(${identifier(name)} ${specification})`;
}

function windowSpecification(printing: Printing, over: Body): Sql {
  allowOnly(printing, 'window', over, ['window_name', 'partition_by', 'order_by', 'frame']);
  const partition = listAt(over, 'partition_by').map((key) => printing.expression(printing, key));
  const order = listAt(over, 'order_by');
  const frame = objectAt(over, 'frame');
  return join(
    [
      ...(partition.length === 0 ? [] : [sql`PARTITION BY ${join(partition)}`]),
      ...(order.length === 0 ? [] : [orderList(printing, order)]),
      ...(frame === undefined ? [] : [windowFrame(printing, frame)]),
    ],
    ' ',
  );
}

function windowFrame(printing: Printing, frame: Body): Sql {
  allowOnly(printing, 'window frame', frame, ['kind', 'start', 'end']);
  const kind = (textAt(frame, 'kind') ?? 'Range').toUpperCase();
  const start = frameBound(printing, frame['start'], frame);
  if (frame['end'] === null || frame['end'] === undefined) return sql`${kind} ${start}`;
  return sql`${kind} BETWEEN ${start} AND ${frameBound(printing, frame['end'], frame)}`;
}

const fixedBounds: Readonly<Record<string, string>> = {
  UnboundedPreceding: 'UNBOUNDED PRECEDING',
  UnboundedFollowing: 'UNBOUNDED FOLLOWING',
  CurrentRow: 'CURRENT ROW',
};

function frameBound(printing: Printing, bound: unknown, frame: Body): Sql {
  if (typeof bound === 'string') return fixedBounds[bound] ?? refuse(printing, `the window bound ${bound}`, frame);
  for (const [kind, text] of [
    ['Preceding', 'PRECEDING'],
    ['Following', 'FOLLOWING'],
  ] as const) {
    const value = objectAt({ bound }, 'bound');
    const distance = value === undefined ? undefined : objectAt(value, kind);
    if (distance !== undefined) return sql`${printing.expression(printing, distance)} ${text}`;
  }
  return refuse(printing, 'this window bound', frame);
}

/** The windows of a WINDOW clause. */
export function namedWindows(printing: Printing, windows: readonly Body[]): Sql {
  const items = windows.map((window) => {
    const name = objectAt(window, 'name');
    const specification = objectAt(window, 'spec');
    if (name === undefined || specification === undefined) return refuse(printing, 'this WINDOW clause', window);
    return sql`${identifier(name)} AS (${windowSpecification(printing, specification)})`;
  });
  return sql` WINDOW ${join(items)}`;
}
