import { join, type Sql, sql } from '../../sql-text.ts';
import { type Body, kindOf, objectAt } from '../../syntax-tree.ts';
import type { Call } from '../call.ts';
import { orderList } from '../order.ts';
import { callMacro, type Printing, refuse, stringLiteral } from '../printing.ts';
import type { AggregateName } from './aggregate-names.ts';
import { argAt, argsOf, checkCount } from './function.ts';

/**
 * What stands around an aggregate: `spread(name, args)` prints one DuckDB aggregate with the call's DISTINCT, ORDER
 * BY, FILTER and OVER, so that a Trino aggregate may need several of DuckDB's. `where` is demanded of the rows besides.
 */
export type AggregatePrinter = (printing: Printing, call: Call, spread: Spread) => Sql;
export type Spread = (name: string, args: readonly Sql[], where?: Sql) => Sql;

export function spreadOf(printing: Printing, call: Call, over: Sql): Spread {
  const distinct = call.distinct ? 'DISTINCT ' : '';
  const order = call.orderBy.length === 0 ? '' : sql` ${orderList(printing, call.orderBy)}`;
  const asked = call.filter === undefined ? [] : [sql`(${printing.expression(printing, call.filter)})`];
  return (name, args, where) => {
    const conditions = where === undefined ? asked : [...asked, where];
    const filter = conditions.length === 0 ? '' : sql` FILTER (WHERE ${join(conditions, ' AND ')})`;
    return sql`${name}(${distinct}${join(args)}${order})${filter}${over}`;
  };
}

const same =
  (name: string, least = 1, most = least): AggregatePrinter =>
  (printing, call, spread) =>
    spread(name, argsOf(printing, call, least, most));

const count: AggregatePrinter = (printing, call, spread) =>
  call.star || call.args.length === 0 ? spread('count', ['*']) : spread('count', argsOf(printing, call, 1));

const sum: AggregatePrinter = (printing, call, spread) =>
  callMacro(printing, 'athena_sum', spread('sum', argsOf(printing, call, 1)));

const avg: AggregatePrinter = (printing, call, spread) => {
  const args = argsOf(printing, call, 1);
  const type = sql`typeof(${spread('max', args)})`;
  return callMacro(printing, 'athena_average', spread('avg', args), spread('sum', args), spread('count', args), type);
};

/** Trino's max_by keeps a NULL beside the greatest key; DuckDB's skips it unless told. */
const extremeBy =
  (name: string): AggregatePrinter =>
  (printing, call, spread) => {
    const args = argsOf(printing, call, 2, 3);
    return spread(args.length === 2 ? `${name}_null` : name, args);
  };

/**
 * A t-digest, as Athena's; whole numbers are rounded back to their type. `(x, fraction)`, `(x, weight, fraction)` and
 * `(x, weight, fraction, accuracy)`: with weights it is exact, so that any accuracy holds.
 */
const approxPercentile: AggregatePrinter = (printing, call, spread) => {
  checkCount(printing, call, 2, 4);
  printing.estimates.add('approx_percentile');
  const [value = '', second = '', third] = argsOf(printing, call, 2, 4);
  const fraction = third ?? second;
  const several = kindOf(argAt(printing, call, third === undefined ? 1 : 2)) === 'array_func';
  const type = sql`typeof(${spread('max', [value])})`;
  if (third === undefined) {
    const estimate = spread('approx_quantile', [sql`CAST(${value} AS DOUBLE)`, fraction]);
    return callMacro(printing, 'athena_quantile', estimate, several ? sql`${type} || '[]'` : type);
  }
  const known = sql`${value} IS NOT NULL AND ${second} > 0`;
  const pairs = sql`list_sort(${spread('list', [sql`{'x': CAST(${value} AS DOUBLE), 'w': ${second}}`], known)})`;
  const at = (q: Sql): Sql => callMacro(printing, 'athena_weighted_quantile', pairs, q);
  const found = several ? sql`list_transform(${fraction}, lambda athena_q: ${at('athena_q')})` : at(fraction);
  return callMacro(printing, 'athena_quantile', found, several ? sql`${type} || '[]'` : type);
};

const approxDistinct: AggregatePrinter = (printing, call, spread) => {
  printing.estimates.add('approx_distinct');
  return spread('approx_count_distinct', argsOf(printing, call, 1, 2).slice(0, 1));
};

const countIf: AggregatePrinter = (printing, call, spread) =>
  spread('count', [sql`CASE WHEN ${join(argsOf(printing, call, 1))} THEN 1 END`]);

const mapAgg =
  (macroName: string): AggregatePrinter =>
  (printing, call, spread) => {
    const [key, value] = argsOf(printing, call, 2);
    const keyed = sql`${key ?? ''} IS NOT NULL`;
    const listed = (item: Sql | undefined): Sql => spread('list', [item ?? ''], keyed);
    return callMacro(printing, macroName, listed(key), listed(value));
  };

const listagg: AggregatePrinter = (printing, call, spread) => {
  const [value, separator] = argsOf(printing, call, 1, 2);
  return spread('string_agg', [value ?? '', separator ?? "''"]);
};

const printers: Readonly<Record<AggregateName, AggregatePrinter>> = {
  any_value: same('any_value'),
  approx_distinct: approxDistinct,
  approx_percentile: approxPercentile,
  arbitrary: same('any_value'),
  array_agg: same('list'),
  avg,
  bitwise_and_agg: same('bit_and'),
  bitwise_or_agg: same('bit_or'),
  bool_and: same('bool_and'),
  bool_or: same('bool_or'),
  corr: same('corr', 2),
  count,
  count_if: countIf,
  covar_pop: same('covar_pop', 2),
  covar_samp: same('covar_samp', 2),
  every: same('bool_and'),
  geometric_mean: same('geomean'),
  histogram: same('histogram'),
  listagg,
  map_agg: mapAgg('athena_map_agg'),
  max: same('max', 1, 2),
  max_by: extremeBy('arg_max'),
  min: same('min', 1, 2),
  min_by: extremeBy('arg_min'),
  multimap_agg: mapAgg('athena_multimap_agg'),
  regr_intercept: same('regr_intercept', 2),
  regr_slope: same('regr_slope', 2),
  stddev: same('stddev_samp'),
  stddev_pop: same('stddev_pop'),
  stddev_samp: same('stddev_samp'),
  string_agg: (printing, call) =>
    refuse(
      printing,
      'the function string_agg()',
      call.node,
      "in Athena it is listagg(x, ',') WITHIN GROUP (ORDER BY x)",
    ),
  sum,
  var_pop: same('var_pop'),
  var_samp: same('var_samp'),
  variance: same('var_samp'),
};

/** One printer a name; the compiler holds the two lists to each other. */
export const aggregates: Readonly<Record<string, AggregatePrinter>> = printers;

/** `percentile_cont(p) WITHIN GROUP (ORDER BY x)`: Athena rejects it, the documents write it, so here it runs. */
export function withinGroup(printing: Printing, call: Call, order: readonly Body[], over: Sql): Sql {
  const [by] = order;
  const value = by === undefined ? undefined : objectAt(by, 'this');
  if (by === undefined || value === undefined || order.length !== 1)
    return refuse(printing, `${call.name}() WITHIN GROUP without one ORDER BY`, call.node);
  if (call.name === 'listagg')
    return spreadOf(printing, { ...call, orderBy: order }, over)('string_agg', listaggArgs(printing, call));
  if (call.name !== 'percentile_cont' && call.name !== 'percentile_disc')
    return refuse(printing, `${call.name}() WITHIN GROUP`, call.node);
  const printed = printing.expression(printing, value);
  const ordered: Sql = call.name === 'percentile_cont' ? sql`CAST(${printed} AS DOUBLE)` : printed;
  const filter = call.filter === undefined ? '' : sql` FILTER (WHERE ${printing.expression(printing, call.filter)})`;
  const direction = by['desc'] === true ? ' DESC' : '';
  return sql`${call.name}(${join(argsOf(printing, call, 1))}) WITHIN GROUP (ORDER BY ${ordered}${direction})${filter}${over}`;
}

function listaggArgs(printing: Printing, call: Call): Sql[] {
  const [value, separator] = call.args;
  const text = separator === undefined ? '' : stringLiteral(separator);
  if (value === undefined || text === undefined) return refuse(printing, 'listagg() with such a separator', call.node);
  return [printing.expression(printing, value), sql`'${text.replaceAll("'", "''")}'`];
}
