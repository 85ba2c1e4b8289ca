import { type Body, bodyOf, flagAt, kindOf, listAt, type Node, objectAt, textAt } from '../syntax-tree.ts';
import { allowOnly, type Printing } from './printing.ts';

/** A function call, whatever node the SDK made of it. */
export interface Call {
  /** Trino's name, lower case. */
  readonly name: string;
  readonly args: readonly Node[];
  readonly distinct: boolean;
  readonly filter?: Node;
  readonly orderBy: readonly Body[];
  readonly ignoreNulls: boolean;
  /** `count(*)` */
  readonly star: boolean;
  readonly node: Node;
}

/** Nodes that are calls in disguise: kind → Trino's name and the fields that hold the arguments, in order. */
const disguised: Readonly<Record<string, readonly [name: string, ...fields: string[]]>> = {
  abs: ['abs', 'this'],
  any_value: ['any_value', 'this'],
  approx_distinct: ['approx_distinct', 'this'],
  array_agg: ['array_agg', 'this'],
  array_distinct: ['array_distinct', 'this'],
  array_except: ['array_except', 'this', 'expression'],
  array_intersect: ['array_intersect', 'expressions'],
  array_remove: ['array_remove', 'this', 'expression'],
  array_union: ['array_union', 'this', 'expression'],
  array_position: ['array_position', 'this', 'expression'],
  avg: ['avg', 'this'],
  cardinality: ['cardinality', 'this'],
  ceil: ['ceil', 'this'],
  contains: ['contains', 'this', 'expression'],
  count: ['count', 'this'],
  count_if: ['count_if', 'this'],
  cume_dist: ['cume_dist'],
  day: ['day', 'this'],
  day_of_month: ['day', 'this'],
  day_of_week: ['day_of_week', 'this'],
  day_of_year: ['day_of_year', 'this'],
  degrees: ['degrees', 'this'],
  dense_rank: ['dense_rank'],
  element_at: ['element_at', 'this', 'expression'],
  ends_with: ['ends_with', 'this', 'expression'],
  exp: ['exp', 'this'],
  first_value: ['first_value', 'this'],
  floor: ['floor', 'this'],
  hour: ['hour', 'this'],
  json_array_length: ['json_array_length', 'this'],
  json_extract: ['json_extract', 'this', 'path'],
  json_extract_scalar: ['json_extract_scalar', 'this', 'path'],
  json_query: ['json_query', 'this', 'path'],
  json_value: ['json_value', 'this', 'path'],
  lag: ['lag', 'this', 'offset', 'default'],
  last_value: ['last_value', 'this'],
  lead: ['lead', 'this', 'offset', 'default'],
  length: ['length', 'this'],
  list_agg: ['listagg', 'this', 'separator'],
  ln: ['ln', 'this'],
  log: ['log', 'base', 'this'],
  logical_and: ['bool_and', 'this'],
  logical_or: ['bool_or', 'this'],
  lower: ['lower', 'this'],
  map_keys: ['map_keys', 'this'],
  map_values: ['map_values', 'this'],
  max: ['max', 'this'],
  min: ['min', 'this'],
  minute: ['minute', 'this'],
  mod_func: ['mod', 'this', 'expression'],
  month: ['month', 'this'],
  n_tile: ['ntile', 'num_buckets'],
  nth_value: ['nth_value', 'this', 'offset'],
  parse_json: ['json_parse', 'this'],
  percent_rank: ['percent_rank'],
  pi: ['pi'],
  power: ['power', 'this', 'expression'],
  quarter: ['quarter', 'this'],
  radians: ['radians', 'this'],
  rand: ['random'],
  random: ['random'],
  rank: ['rank'],
  row_number: ['row_number'],
  second: ['second', 'this'],
  sqrt: ['sqrt', 'this'],
  starts_with: ['starts_with', 'this', 'expression'],
  stddev: ['stddev', 'this'],
  stddev_pop: ['stddev_pop', 'this'],
  stddev_samp: ['stddev_samp', 'this'],
  string_agg: ['string_agg', 'this', 'separator'],
  str_position: ['strpos', 'this', 'substr'],
  substring: ['substr', 'this', 'start', 'length'],
  sum: ['sum', 'this'],
  typeof: ['typeof', 'this'],
  upper: ['upper', 'this'],
  var_pop: ['var_pop', 'this'],
  var_samp: ['var_samp', 'this'],
  variance: ['variance', 'this'],
  week_of_year: ['week', 'this'],
  year: ['year', 'this'],
};

const modifiers = ['distinct', 'filter', 'order_by', 'ignore_nulls', 'name'];
/** What the printers of these read from the node themselves. */
const ownKeys: Readonly<Record<string, readonly string[]>> = {
  json_query: ['wrapper_option'],
  json_value: ['returning'],
};

/** The call that a node is, or undefined where it is none. */
export function callOf(printing: Printing, node: Node): Call | undefined {
  const kind = kindOf(node);
  const body = bodyOf(node);
  if (kind === 'function' || kind === 'aggregate_function') {
    allowOnly(printing, `${textAt(body, 'name')}()`, body, ['args', ...modifiers]);
    return call((textAt(body, 'name') ?? '').toLowerCase(), listAt(body, 'args'), body, node);
  }
  const shape = disguised[kind];
  if (shape === undefined) return undefined;
  const [name, ...fields] = shape;
  allowOnly(printing, `${name}()`, body, [...fields, ...modifiers, ...(ownKeys[kind] ?? []), 'star']);
  const args = fields.flatMap((field): readonly Node[] => {
    const arg = objectAt(body, field);
    return arg === undefined ? listAt(body, field) : [arg];
  });
  return call(name, args, body, node);
}

function call(name: string, args: readonly Node[], body: Body, node: Node): Call {
  const filter = objectAt(body, 'filter');
  return {
    name,
    args,
    node,
    distinct: flagAt(body, 'distinct'),
    orderBy: listAt(body, 'order_by'),
    ignoreNulls: flagAt(body, 'ignore_nulls'),
    star: flagAt(body, 'star'),
    ...(filter === undefined ? {} : { filter }),
  };
}
