import { join, type Sql, sql } from '../../sql-text.ts';
import { isHeavy } from '../heavy.ts';
import { callMacro, numberLiteral, refuse } from '../printing.ts';
import { argsOf, type FunctionPrinter, type Functions, macro, plain } from './function.ts';

/** Trino's greatest and least are NULL where any argument is; DuckDB's skip NULLs. */
const strictExtreme =
  (name: string): FunctionPrinter =>
  (printing, call) => {
    const args = argsOf(printing, call, 1, 64);
    const anyNull = join(
      args.map((arg) => sql`${arg} IS NULL`),
      ' OR ',
    );
    return sql`CASE WHEN ${anyNull} THEN NULL ELSE ${name}(${join(args)}) END`;
  };

const round: FunctionPrinter = (printing, call) => {
  const [x, digits] = argsOf(printing, call, 1, 2);
  if (digits === undefined) return sql`round(${x ?? ''})`;
  if (numberLiteral(call.args[1]) === undefined)
    return refuse(printing, 'round() to a number of digits that is not a literal', call.node);
  return callMacro(printing, isHeavy(call.args[0]) ? 'athena_round_few' : 'athena_round', x ?? '', digits);
};

const binary =
  (operator: string): FunctionPrinter =>
  (printing, call) => {
    const [left, right] = argsOf(printing, call, 2);
    return sql`(CAST(${left ?? ''} AS BIGINT) ${operator} CAST(${right ?? ''} AS BIGINT))`;
  };

const constant =
  (text: Sql): FunctionPrinter =>
  (printing, call) => {
    argsOf(printing, call, 0);
    return text;
  };

export const numberFunctions: Functions = {
  abs: plain('abs', 1),
  acos: plain('acos', 1),
  asin: plain('asin', 1),
  atan: plain('atan', 1),
  atan2: plain('atan2', 2),
  bitwise_and: binary('&'),
  bitwise_or: binary('|'),
  bitwise_xor: (printing, call) => sql`xor(${join(argsOf(printing, call, 2))})`,
  cbrt: plain('cbrt', 1),
  ceil: macro('athena_ceil', 1),
  ceiling: macro('athena_ceil', 1),
  cos: plain('cos', 1),
  degrees: plain('degrees', 1),
  e: constant('exp(1e0)'),
  exp: plain('exp', 1),
  floor: macro('athena_floor', 1),
  greatest: strictExtreme('greatest'),
  infinity: constant("CAST('inf' AS DOUBLE)"),
  is_finite: plain('isfinite', 1),
  is_infinite: plain('isinf', 1),
  is_nan: plain('isnan', 1),
  least: strictExtreme('least'),
  ln: plain('ln', 1),
  log: plain('log', 2),
  log10: plain('log10', 1),
  log2: plain('log2', 1),
  mod: macro('athena_modulo', 2),
  nan: constant("CAST('nan' AS DOUBLE)"),
  pi: constant('pi()'),
  pow: plain('pow', 2),
  power: plain('pow', 2),
  radians: plain('radians', 1),
  rand: constant('random()'),
  random: constant('random()'),
  round,
  sign: macro('athena_sign', 1),
  sin: plain('sin', 1),
  sqrt: plain('sqrt', 1),
  tan: plain('tan', 1),
  truncate: macro('athena_truncate', 1),
  width_bucket: (printing, call) => {
    const args = argsOf(printing, call, 2, 4);
    return callMacro(printing, args.length === 2 ? 'athena_width_bucket_of' : 'athena_width_bucket', ...args);
  },
};
