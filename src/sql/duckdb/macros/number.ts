import type { Macros } from './macro.ts';

const whole =
  "IN ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT', 'UTINYINT', 'USMALLINT', 'UINTEGER', 'UBIGINT')";

/**
 * Trino's arithmetic: https://trino.io/docs/current/functions/decimal.html gives the result types.
 *
 * A macro copies its arguments as often as it names them, and an argument may hold macros itself: binding time would
 * grow with each level. Where an argument is an aggregate (few values, each of them much SQL), the `_few` macros
 * name it in a lambda, which copies nothing and costs 400 ns a value.
 */
export const numberMacros: Macros = {
  /** A NULL of the type that a constant text names. */
  athena_type: { definition: `(t) AS json_transform('null', '"' || t || '"')` },
  athena_precision: {
    definition: `(t) AS coalesce(TRY_CAST(regexp_extract(t, '\\d+') AS INTEGER),
      [3, 5, 10][list_position(['TINYINT', 'SMALLINT', 'INTEGER'], t)], 19)`,
  },
  athena_scale: { definition: `(t) AS coalesce(TRY_CAST(regexp_extract(t, ',(\\d+)', 1) AS INTEGER), 0)` },
  /** 1 for whole numbers, 2 for decimals, 3 for all else: the greater of two types' says how they meet. */
  athena_kind: {
    definition: `(t) AS CASE WHEN suffix(t, 'INT') OR t = 'INTEGER' THEN 1 WHEN prefix(t, 'DECIMAL(') THEN 2 ELSE 3 END`,
  },
  athena_meeting: {
    definition: `(t, u) AS CAST(greatest(athena_kind(t), athena_kind(u)) AS VARCHAR)`,
    uses: ['athena_kind'],
  },
  athena_power10: { definition: "(n) AS CAST('1' || repeat('0', n) AS HUGEINT)" },
  /** The failure is a failed cast, not error(): TRY can't hold a volatile function. */
  athena_nonzero: { definition: "(x) AS CASE WHEN x = 0 THEN CAST('Division by zero' AS INTEGER) ELSE x END" },
  /**
   * a / b to the scale s, half away from zero: the quotient is cut at s + 1 digits, where a cut cannot turn a digit
   * below 5 into 5, and the cast to the type t, which has s digits, rounds it.
   */
  athena_exact_quotient: {
    definition: `(a, b, s, t) AS cast_to_type(
      CAST(CAST(a * athena_power10(2 * s + 1) AS HUGEINT) // athena_nonzero(CAST(b * athena_power10(s) AS HUGEINT)) AS DECIMAL(38,0))
        * json_transform('0.' || repeat('0', s) || '1', '"DECIMAL(38,' || (s + 1) || ')"'),
      athena_type(t))`,
    uses: ['athena_power10', 'athena_nonzero', 'athena_type'],
  },
  athena_quotient_type: {
    definition: `(t, u) AS 'DECIMAL(' || least(38, athena_precision(t) + athena_scale(u) + greatest(0, athena_scale(u) - athena_scale(t)))
      || ',' || greatest(athena_scale(t), athena_scale(u)) || ')'`,
    uses: ['athena_precision', 'athena_scale'],
  },
  athena_divide: {
    definition: `(a, b) AS struct_extract({
        '1': CASE WHEN athena_meeting(typeof(a), typeof(b)) = '1' THEN a // athena_nonzero(b) END,
        '2': CASE WHEN athena_meeting(typeof(a), typeof(b)) = '2' THEN athena_exact_quotient(a, b,
          greatest(athena_scale(typeof(a)), athena_scale(typeof(b))), athena_quotient_type(typeof(a), typeof(b))) END,
        '3': CASE WHEN athena_meeting(typeof(a), typeof(b)) = '3' THEN a / b END},
      athena_meeting(typeof(a), typeof(b)))`,
    uses: ['athena_meeting', 'athena_nonzero', 'athena_exact_quotient', 'athena_quotient_type', 'athena_scale'],
  },
  athena_divide_few: {
    definition: "(a, b) AS list_transform([{'a': a, 'b': b}], lambda p: athena_divide(p.a, p.b))[1]",
    uses: ['athena_divide'],
  },
  athena_modulo: {
    definition: `(a, b) AS struct_extract({
        'exact': CASE WHEN athena_meeting(typeof(a), typeof(b)) <> '3' THEN a % athena_nonzero(b) END,
        'real': CASE WHEN athena_meeting(typeof(a), typeof(b)) = '3' THEN a % b END},
      CASE WHEN athena_meeting(typeof(a), typeof(b)) = '3' THEN 'real' ELSE 'exact' END)`,
    uses: ['athena_meeting', 'athena_nonzero'],
  },
  /** Trino keeps a rounded decimal's scale: round(12.3456, 2) is 12.3500. */
  athena_round: {
    definition: `(x, n) AS cast_to_type(round(x, n), athena_type(CASE WHEN prefix(typeof(x), 'DECIMAL(')
      THEN 'DECIMAL(' || least(38, athena_precision(typeof(x)) + 1) || ',' || athena_scale(typeof(x)) || ')'
      ELSE typeof(x) END))`,
    uses: ['athena_type', 'athena_precision', 'athena_scale'],
  },
  athena_round_few: {
    definition: '(x, n) AS list_transform([x], lambda p: athena_round(p, n))[1]',
    uses: ['athena_round'],
  },
  athena_ceil: {
    definition: `(x) AS struct_extract({'whole': x, 'other': ceil(x)}, CASE WHEN typeof(x) ${whole} THEN 'whole' ELSE 'other' END)`,
  },
  athena_floor: {
    definition: `(x) AS struct_extract({'whole': x, 'other': floor(x)}, CASE WHEN typeof(x) ${whole} THEN 'whole' ELSE 'other' END)`,
  },
  athena_sign: { definition: '(x) AS cast_to_type(sign(x), x)' },
  /** Sums of whole numbers are bigint in Trino, hugeint in DuckDB. */
  athena_sum: {
    definition: "(s) AS cast_to_type(+s, athena_type(replace(typeof(s), 'HUGEINT', 'BIGINT')))",
    uses: ['athena_type'],
  },
  /** avg(decimal(p,s)) is decimal(p,s) in Trino, double in DuckDB. `t` is the type of the column. */
  athena_average: {
    definition: `(mean, total, n, t) AS struct_extract({
        'exact': CASE WHEN prefix(t, 'DECIMAL(') THEN CASE WHEN n > 0 THEN athena_exact_quotient(total, n, athena_scale(t),
          CASE WHEN prefix(t, 'DECIMAL(') THEN t ELSE 'DECIMAL(18,3)' END) END END,
        'real': CASE WHEN NOT prefix(t, 'DECIMAL(') THEN mean END},
      CASE WHEN prefix(t, 'DECIMAL(') THEN 'exact' ELSE 'real' END)`,
    uses: ['athena_exact_quotient', 'athena_scale'],
  },
  /** An estimated quantile has the type of the column, rounded where that is whole; of decimals it is double. */
  athena_quantile: {
    definition: `(q, t) AS cast_to_type(+q, athena_type(
      CASE WHEN NOT prefix(t, 'DECIMAL(') THEN t WHEN suffix(t, '[]') THEN 'DOUBLE[]' ELSE 'DOUBLE' END))`,
    uses: ['athena_type'],
  },
  /** truncate(decimal(p,s)) is decimal(p-s,0). */
  athena_truncate: {
    definition: `(x) AS cast_to_type(trunc(x), athena_type(CASE WHEN prefix(typeof(x), 'DECIMAL(')
      THEN 'DECIMAL(' || greatest(1, athena_precision(typeof(x)) - athena_scale(typeof(x))) || ',0)' ELSE typeof(x) END))`,
    uses: ['athena_type', 'athena_precision', 'athena_scale'],
  },
  /** The number of the bucket, 0 below the first and n + 1 above the last; the bounds may run down. */
  athena_width_bucket: {
    definition: `(x, low, high, n) AS CASE
      WHEN low < high THEN CASE WHEN x < low THEN 0 WHEN x >= high THEN n + 1 ELSE CAST(floor((x - low) * n / CAST(high - low AS DOUBLE)) AS BIGINT) + 1 END
      WHEN low > high THEN CASE WHEN x > low THEN 0 WHEN x <= high THEN n + 1 ELSE CAST(floor((low - x) * n / CAST(low - high AS DOUBLE)) AS BIGINT) + 1 END
      ELSE CAST('Index must differ: the bounds of width_bucket are equal' AS BIGINT) END`,
  },
  athena_width_bucket_of: {
    definition:
      '(x, bounds) AS CASE WHEN x IS NOT NULL THEN len(list_filter(bounds, lambda athena_x: athena_x <= x)) END',
  },
  /** The least value up to which a share of the weights lies. `pairs`: {x, w} sorted by x. */
  athena_weighted_quantile: {
    definition: `(pairs, q) AS list_transform([{'pairs': pairs, 'goal': CAST(q AS DOUBLE) * list_sum(list_transform(pairs, lambda p: p.w))}],
      lambda all_: list_reduce(list_transform(all_.pairs, lambda p: {'x': p.x, 'w': CAST(p.w AS DOUBLE), 'done': CAST(p.w AS DOUBLE) >= all_.goal}),
        lambda a, b: CASE WHEN a.done THEN a ELSE {'x': b.x, 'w': a.w + b.w, 'done': a.w + b.w >= all_.goal} END).x)[1]`,
  },
};
