import { join, type Sql, sql } from '../../sql-text.ts';
import { bodyOf, objectAt, textAt } from '../../syntax-tree.ts';
import type { Call } from '../call.ts';
import { duckJsonPath } from '../json-path.ts';
import { lambda, rowLambda } from '../lambda.ts';
import { callMacro, type Printing, quoted, refuse, stringLiteral } from '../printing.ts';
import { printType } from '../types.ts';
import { argAt, argsOf, checkCount, type FunctionPrinter, type Functions, macro, plain } from './function.ts';

const withLambda =
  (name: string): FunctionPrinter =>
  (printing, call) => {
    checkCount(printing, call, 2);
    const list = printing.expression(printing, argAt(printing, call, 0));
    return sql`${name}(${list}, ${lambda(printing, argAt(printing, call, 1), 1)})`;
  };

const reduce: FunctionPrinter = (printing, call) => {
  checkCount(printing, call, 4);
  const list = printing.expression(printing, argAt(printing, call, 0));
  const start = printing.expression(printing, argAt(printing, call, 1));
  const step = lambda(printing, argAt(printing, call, 2), 2);
  const finish = lambda(printing, argAt(printing, call, 3), 1);
  return sql`list_transform([list_reduce(${list}, ${step}, ${start})], ${finish})[1]`;
};

const matching =
  (macroName: string, negated = false): FunctionPrinter =>
  (printing, call) => {
    const found = callMacro(printing, macroName, withLambda('list_transform')(printing, call));
    return negated ? sql`(NOT ${found})` : found;
  };

/** Arrays side by side, the shorter filled with NULL; the fields have names, for ours are read by name. */
function sideBySide(lists: readonly Sql[]): Sql {
  const longest = sql`greatest(${join(lists.map((list) => sql`len(${list})`))})`;
  const fields = lists.map((list, i) => sql`'field${String(i)}': (${list})[athena_i]`);
  const rows = sql`list_transform(range(1, ${longest} + 1), lambda athena_i: {${join(fields)}})`;
  return sql`CASE WHEN ${join(
    lists.map((list) => sql`${list} IS NOT NULL`),
    ' AND ',
  )} THEN ${rows} END`;
}

const zip: FunctionPrinter = (printing, call) => sideBySide(argsOf(printing, call, 2, 5));

const zipWith: FunctionPrinter = (printing, call) => {
  checkCount(printing, call, 3);
  const lists = [0, 1].map((i) => printing.expression(printing, argAt(printing, call, i)));
  const step = rowLambda(printing, argAt(printing, call, 2), ['field0', 'field1'], (body) => body);
  return sql`list_transform(${sideBySide(lists)}, ${step})`;
};

/** Over a map's entries: which stay, or what becomes of each. */
const overEntries =
  (name: 'list_filter' | 'list_transform', entry: (body: Sql, row: string) => Sql): FunctionPrinter =>
  (printing, call) => {
    checkCount(printing, call, 2);
    const map = printing.expression(printing, argAt(printing, call, 0));
    const step = rowLambda(printing, argAt(printing, call, 1), ['key', 'value'], entry);
    return sql`map_from_entries(${name}(map_entries(${map}), ${step}))`;
  };

const jsonPath =
  (name: string): FunctionPrinter =>
  (printing, call) => {
    checkCount(printing, call, 2);
    const text = stringLiteral(call.args[1]);
    const path = text === undefined ? undefined : duckJsonPath(text);
    if (path === undefined)
      return refuse(printing, `${call.name}() with the path ${text ?? 'of an expression'}`, call.node);
    return callMacro(printing, name, printing.expression(printing, argAt(printing, call, 0)), quoted(path));
  };

const mapOf: FunctionPrinter = (printing, call) => {
  const args = argsOf(printing, call, 0, 2);
  return sql`map(${join(args)})`;
};

/** `lax $.a`: ours reads each path the lax way. */
const sqlJsonPath = (printing: Printing, call: Call): Sql => {
  const text = stringLiteral(call.args[1]);
  const path = text === undefined ? undefined : duckJsonPath(text.replace(/^\s*lax\s+/, ''));
  if (path === undefined)
    return refuse(printing, `${call.name}() with the path ${text ?? 'of an expression'}`, call.node);
  return quoted(path);
};

const overJson =
  (macroName: string, print: (value: Sql) => Sql = (value) => value): FunctionPrinter =>
  (printing, call) => {
    checkCount(printing, call, 2);
    const json = printing.expression(printing, argAt(printing, call, 0));
    return print(callMacro(printing, macroName, json, sqlJsonPath(printing, call)));
  };

const jsonValue: FunctionPrinter = (printing, call) => {
  const text = overJson('athena_json_scalar')(printing, call);
  const returning = objectAt(bodyOf(call.node), 'returning');
  return returning === undefined ? text : sql`TRY_CAST(${text} AS ${printType(printing, returning)})`;
};

const wrappers: Readonly<Record<string, (value: Sql) => Sql>> = {
  '': (value) => value,
  'WITHOUT WRAPPER': (value) => value,
  'WITHOUT ARRAY WRAPPER': (value) => value,
  'WITH WRAPPER': (value) => sql`'[' || ${value} || ']'`,
  'WITH ARRAY WRAPPER': (value) => sql`'[' || ${value} || ']'`,
};

const jsonQuery: FunctionPrinter = (printing, call) => {
  const option = textAt(bodyOf(call.node), 'wrapper_option') ?? '';
  const wrap = wrappers[option.toUpperCase().replace('UNCONDITIONAL ', '')];
  if (wrap === undefined) return refuse(printing, `json_query() ${option}`, call.node);
  return overJson('athena_json_extract', (value) => wrap(sql`CAST(${value} AS VARCHAR)`))(printing, call);
};

/** A row's fields are unnamed until a cast names them. */
const row: FunctionPrinter = (printing, call) => sql`row(${join(argsOf(printing, call, 1, 254))})`;

const slice: FunctionPrinter = (printing, call) => {
  const [list, start, size] = argsOf(printing, call, 3);
  return sql`list_slice(${list ?? ''}, ${start ?? ''}, ${start ?? ''} + ${size ?? ''} - 1)`;
};

export const collectionFunctions: Functions = {
  all_match: matching('athena_all'),
  any_match: matching('athena_any'),
  array_distinct: macro('athena_array_distinct', 1),
  array_except: macro('athena_array_except', 2),
  array_intersect: macro('athena_array_intersect', 2),
  array_max: macro('athena_array_max', 1),
  array_min: macro('athena_array_min', 1),
  array_remove: macro('athena_array_remove', 2),
  array_union: (printing, call) =>
    callMacro(printing, 'athena_array_distinct', sql`(${join(argsOf(printing, call, 2), ' || ')})`),
  arrays_overlap: macro('athena_arrays_overlap', 2),
  array_position: macro('athena_array_position', 2),
  array_sort: (printing, call) => sql`list_sort(${join(argsOf(printing, call, 1))}, 'ASC', 'NULLS LAST')`,
  cardinality: macro('athena_cardinality', 1),
  contains: macro('athena_contains', 2),
  element_at: (printing, call) => {
    const [collection, key] = argsOf(printing, call, 2);
    return sql`(${collection ?? ''})[${key ?? ''}]`;
  },
  filter: withLambda('list_filter'),
  flatten: plain('flatten', 1),
  json_array_contains: macro('athena_json_array_contains', 2),
  json_array_get: macro('athena_json_array_get', 2),
  json_array_length: (printing, call) => sql`CAST(json_array_length(${join(argsOf(printing, call, 1))}) AS BIGINT)`,
  json_exists: overJson('athena_json_exists'),
  json_extract: jsonPath('athena_json_extract'),
  json_extract_scalar: jsonPath('athena_json_scalar'),
  json_format: (printing, call) => sql`CAST(json(${join(argsOf(printing, call, 1))}) AS VARCHAR)`,
  json_parse: (printing, call) => sql`CAST(${join(argsOf(printing, call, 1))} AS JSON)`,
  json_query: jsonQuery,
  json_size: jsonPath('athena_json_size'),
  json_value: jsonValue,
  map: mapOf,
  map_concat: plain('map_concat', 2, 16),
  map_entries: plain('map_entries', 1),
  map_filter: overEntries('list_filter', (body) => body),
  map_from_entries: plain('map_from_entries', 1),
  map_keys: plain('map_keys', 1),
  map_values: plain('map_values', 1),
  none_match: matching('athena_any', true),
  reduce,
  reverse: macro('athena_reverse', 1),
  row,
  sequence: plain('generate_series', 2, 3),
  slice,
  split_to_map: macro('athena_split_to_map', 3),
  transform: withLambda('list_transform'),
  transform_keys: overEntries('list_transform', (body, row) => sql`{'key': ${body}, 'value': ${row}.value}`),
  transform_values: overEntries('list_transform', (body, row) => sql`{'key': ${row}.key, 'value': ${body}}`),
  zip,
  zip_with: zipWith,
};
