import type { Macros } from './macro.ts';

const whole =
  "IN ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT', 'UTINYINT', 'USMALLINT', 'UINTEGER', 'UBIGINT')";

/** Trino's arithmetic: https://trino.io/docs/current/functions/decimal.html gives the result types. */
export const numberMacros: Macros = {
  /** A NULL of the type that a constant text names. */
  athena_type: { definition: `(t) AS json_transform('null', '"' || t || '"')` },
  athena_precision: {
    definition: `(t) AS CASE WHEN t LIKE 'DECIMAL(%' THEN CAST(regexp_extract(t, '(\\d+),(\\d+)', 1) AS INTEGER)
      WHEN t = 'TINYINT' THEN 3 WHEN t = 'SMALLINT' THEN 5 WHEN t = 'INTEGER' THEN 10 ELSE 19 END`,
  },
  athena_scale: {
    definition: `(t) AS CASE WHEN t LIKE 'DECIMAL(%' THEN CAST(regexp_extract(t, '(\\d+),(\\d+)', 2) AS INTEGER) ELSE 0 END`,
  },
  /** \`whole\`, \`exact\` or \`real\`: which arithmetic two types meet in. */
  athena_arithmetic: {
    definition: `(t, u) AS CASE WHEN t ${whole} AND u ${whole} THEN 'whole'
      WHEN (t LIKE 'DECIMAL(%' OR t ${whole}) AND (u LIKE 'DECIMAL(%' OR u ${whole}) THEN 'exact' ELSE 'real' END`,
  },
  /** The failure is a failed cast, not error(): TRY can't hold a volatile function. */
  athena_nonzero: { definition: "(x) AS CASE WHEN x = 0 THEN CAST('Division by zero' AS INTEGER) ELSE x END" },
  athena_power10: { definition: "(n) AS CAST('1' || repeat('0', n) AS HUGEINT)" },
  /**
   * a / b to the scale s, half away from zero: the quotient is cut at s + 1 digits, where a cut cannot turn a digit
   * below 5 into 5, and the cast to s digits rounds it.
   */
  athena_exact_quotient: {
    definition: `(a, b, s, t) AS cast_to_type(
      cast_to_type(
        (CAST(a * athena_power10(s) AS HUGEINT) * athena_power10(s + 1)) // athena_nonzero(CAST(b * athena_power10(s) AS HUGEINT)),
        athena_type('DECIMAL(38,0)'))
      * json_transform('0.' || repeat('0', s) || '1', '"DECIMAL(' || (s + 1) || ',' || (s + 1) || ')"'),
      athena_type(t))`,
    uses: ['athena_power10', 'athena_nonzero', 'athena_type'],
  },
  athena_exact_divide: {
    definition: `(a, b) AS athena_exact_quotient(a, b,
      greatest(athena_scale(typeof(a)), athena_scale(typeof(b))),
      'DECIMAL(' || least(38, athena_precision(typeof(a)) + athena_scale(typeof(b))
          + greatest(0, athena_scale(typeof(b)) - athena_scale(typeof(a))))
        || ',' || greatest(athena_scale(typeof(a)), athena_scale(typeof(b))) || ')')`,
    uses: ['athena_exact_quotient', 'athena_precision', 'athena_scale'],
  },
  athena_divide: {
    definition: `(a, b) AS struct_extract({
        'whole': CASE WHEN athena_arithmetic(typeof(a), typeof(b)) = 'whole' THEN a // athena_nonzero(b) END,
        'exact': CASE WHEN athena_arithmetic(typeof(a), typeof(b)) = 'exact' THEN athena_exact_divide(a, b) END,
        'real': CASE WHEN athena_arithmetic(typeof(a), typeof(b)) = 'real' THEN a / b END},
      athena_arithmetic(typeof(a), typeof(b)))`,
    uses: ['athena_arithmetic', 'athena_nonzero', 'athena_exact_divide'],
  },
  athena_modulo: {
    definition: `(a, b) AS struct_extract({
        'whole': CASE WHEN athena_arithmetic(typeof(a), typeof(b)) <> 'real' THEN a % athena_nonzero(b) END,
        'real': CASE WHEN athena_arithmetic(typeof(a), typeof(b)) = 'real' THEN a % b END},
      CASE WHEN athena_arithmetic(typeof(a), typeof(b)) = 'real' THEN 'real' ELSE 'whole' END)`,
    uses: ['athena_arithmetic', 'athena_nonzero'],
  },
  /** Trino keeps a rounded decimal's scale: round(12.3456, 2) is 12.3500. */
  athena_round: {
    definition: `(x, n) AS cast_to_type(round(x, n), athena_type(CASE WHEN typeof(x) LIKE 'DECIMAL(%'
      THEN 'DECIMAL(' || least(38, athena_precision(typeof(x)) + 1) || ',' || athena_scale(typeof(x)) || ')'
      ELSE typeof(x) END))`,
    uses: ['athena_type', 'athena_precision', 'athena_scale'],
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
  /** avg(decimal(p,s)) is decimal(p,s) in Trino, double in DuckDB. \`t\` is the type of the column. */
  athena_average: {
    definition: `(mean, total, n, t) AS struct_extract({
        'exact': CASE WHEN t LIKE 'DECIMAL(%' THEN CASE WHEN n = 0 THEN NULL
          ELSE athena_exact_quotient(total, n, athena_scale(t), CASE WHEN t LIKE 'DECIMAL(%' THEN t ELSE 'DECIMAL(18,3)' END) END END,
        'real': CASE WHEN t NOT LIKE 'DECIMAL(%' THEN mean END},
      CASE WHEN t LIKE 'DECIMAL(%' THEN 'exact' ELSE 'real' END)`,
    uses: ['athena_exact_quotient', 'athena_scale'],
  },
  /** An estimated quantile has the type of the column, rounded where that is whole. */
  athena_quantile: {
    definition: `(q, t) AS cast_to_type(q, athena_type(t))`,
    uses: ['athena_type'],
  },
  /** Trino: NULL if any is NULL. DuckDB ignores NULLs. */
  athena_truncate: { definition: '(x) AS cast_to_type(trunc(x), x)' },
};
