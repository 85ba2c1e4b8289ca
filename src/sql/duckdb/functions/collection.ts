import { join, sql } from '../../sql-text.ts';
import { duckJsonPath } from '../json-path.ts';
import { lambda } from '../lambda.ts';
import { callMacro, quoted, refuse, stringLiteral } from '../printing.ts';
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

/** Trino keeps the first of equals and a NULL; DuckDB's list_distinct drops NULLs and shuffles. */
const distinct: FunctionPrinter = (printing, call) => {
  const [list] = argsOf(printing, call, 1);
  const value = list ?? '';
  return sql`list_filter(${value}, lambda athena_x, athena_i: list_position(${value}, athena_x) = athena_i)`;
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

/** A row's fields are unnamed until a cast names them. */
const row: FunctionPrinter = (printing, call) => sql`row(${join(argsOf(printing, call, 1, 254))})`;

const slice: FunctionPrinter = (printing, call) => {
  const [list, start, size] = argsOf(printing, call, 3);
  return sql`list_slice(${list ?? ''}, ${start ?? ''}, ${start ?? ''} + ${size ?? ''} - 1)`;
};

export const collectionFunctions: Functions = {
  array_distinct: distinct,
  array_max: macro('athena_array_max', 1),
  array_min: macro('athena_array_min', 1),
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
  json_array_length: (printing, call) => sql`CAST(json_array_length(${join(argsOf(printing, call, 1))}) AS BIGINT)`,
  json_extract: jsonPath('athena_json_extract'),
  json_extract_scalar: jsonPath('athena_json_scalar'),
  json_format: (printing, call) => sql`CAST(json(${join(argsOf(printing, call, 1))}) AS VARCHAR)`,
  json_parse: (printing, call) => sql`CAST(${join(argsOf(printing, call, 1))} AS JSON)`,
  map: mapOf,
  map_concat: plain('map_concat', 2, 16),
  map_entries: plain('map_entries', 1),
  map_from_entries: plain('map_from_entries', 1),
  map_keys: plain('map_keys', 1),
  map_values: plain('map_values', 1),
  reduce,
  row,
  sequence: plain('generate_series', 2, 3),
  slice,
  transform: withLambda('list_transform'),
};
