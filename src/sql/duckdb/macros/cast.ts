import type { Macros } from './macro.ts';

/**
 * Casts where Trino and DuckDB part: how doubles and times print, which texts are numbers and dates, how doubles
 * round. A text that Trino refuses is turned into one that DuckDB's cast refuses too, so that TRY and TRY_CAST see it.
 */
export const castMacros: Macros = {
  /**
   * A double as DuckDB prints it in Java's notation: plain from 1.0E-3 up to 1.0E7, else one digit before the point.
   * A lambda over a list of one names what is used many times: a macro would copy it each time, and what is in it.
   */
  athena_double_text: {
    definition: `(x) AS list_transform([x], lambda t: CASE
      WHEN t = 'nan' OR t = '-nan' THEN 'NaN' WHEN t = 'inf' THEN 'Infinity' WHEN t = '-inf' THEN '-Infinity'
      WHEN TRY_CAST(t AS DOUBLE) = 0 THEN t
      WHEN abs(TRY_CAST(t AS DOUBLE)) >= 0.001 AND abs(TRY_CAST(t AS DOUBLE)) < 10000000 AND NOT contains(t, 'e') THEN t
      ELSE athena_scientific(t) END)[1]`,
    uses: ['athena_scientific'],
  },
  athena_scientific: {
    definition: `(x) AS list_transform([{
        'sign': CASE WHEN starts_with(x, '-') THEN '-' ELSE '' END,
        'whole': split_part(ltrim(split_part(x, 'e', 1), '-'), '.', 1),
        'fraction': split_part(ltrim(split_part(x, 'e', 1), '-'), '.', 2),
        'exponent': CASE WHEN contains(x, 'e') THEN CAST(split_part(x, 'e', 2) AS INTEGER) ELSE 0 END
      }], lambda p: p.sign || CASE
        WHEN p.whole <> '0' THEN p.whole[1] || '.' || coalesce(nullif(rtrim(p.whole[2:] || p.fraction, '0'), ''), '0')
          || 'E' || (len(p.whole) - 1 + p.exponent)
        ELSE ltrim(p.fraction, '0')[1] || '.' || coalesce(nullif(rtrim(ltrim(p.fraction, '0')[2:], '0'), ''), '0')
          || 'E' || (len(ltrim(p.fraction, '0')) - len(p.fraction) - 1 + p.exponent) END)[1]`,
  },
  athena_text: {
    definition: `(x) AS CASE
      WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN athena_double_text(CAST(x AS VARCHAR))
      WHEN typeof(x) = 'TIMESTAMP' THEN strftime(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g')
      WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE' THEN strftime(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g UTC')
      WHEN typeof(x) = 'JSON' THEN json_extract_string(CASE WHEN typeof(x) = 'JSON' THEN CAST(x AS VARCHAR) END, '$')
      ELSE CAST(x AS VARCHAR) END`,
    uses: ['athena_double_text'],
  },
  athena_whole: {
    definition: `(x) AS struct_extract({
        'deferred': len([x]),
        'text': CASE WHEN typeof(x) IN ('VARCHAR', 'JSON') THEN list_transform([athena_text(x)], lambda t: CASE
          WHEN regexp_full_match(t, '[+-]?[0-9]+') THEN t
          WHEN t IS NOT NULL THEN 'Cannot cast ''' || t || '''' END)[1] END,
        'real': CASE WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN round(TRY_CAST(CAST(x AS VARCHAR) AS DOUBLE)) END,
        'other': x},
      CASE WHEN typeof(x) IN ('VARCHAR', 'JSON') THEN 'text' WHEN typeof(x) IN ('DOUBLE', 'FLOAT') THEN 'real' ELSE 'other' END)`,
    uses: ['athena_text'],
  },
  /** Trino's dates: \`2025-08-11\`, nothing after it. */
  athena_date_text: {
    definition: `(x) AS struct_extract({
        'text': CASE WHEN typeof(x) = 'VARCHAR' THEN CASE
          WHEN regexp_full_match(CAST(x AS VARCHAR), '\\s*[+-]?\\d{4,}-\\d{1,2}-\\d{1,2}\\s*') THEN CAST(x AS VARCHAR)
          WHEN x IS NOT NULL THEN 'Value cannot be cast to date: ' || CAST(x AS VARCHAR) END END,
        'other': x},
      CASE WHEN typeof(x) = 'VARCHAR' THEN 'text' ELSE 'other' END)`,
  },
  /** Trino's timestamps: \`2025-08-11 10:00:00.123\`, a space and no T between; a zone after it. */
  athena_timestamp_text: {
    definition: `(x) AS struct_extract({
        'text': CASE WHEN typeof(x) = 'VARCHAR' THEN CASE
          WHEN regexp_full_match(CAST(x AS VARCHAR), '\\s*[+-]?\\d{4,}-\\d{1,2}-\\d{1,2}( \\d{1,2}:\\d{1,2}(:\\d{1,2}(\\.\\d+)?)?)?'
            || '( ?(UTC|Z|[A-Za-z]+/[A-Za-z_/+-]+|[+-]\\d{1,2}:?\\d{0,2}))?\\s*') THEN CAST(x AS VARCHAR)
          WHEN x IS NOT NULL THEN 'Value cannot be cast to timestamp: ' || CAST(x AS VARCHAR) END END,
        'other': x},
      CASE WHEN typeof(x) = 'VARCHAR' THEN 'text' ELSE 'other' END)`,
  },
  /** Trino's name of a type: DuckDB's, word by word, lists from the inside out. A text has no length here. */
  athena_typeof: {
    definition: `(x) AS list_reduce(['([a-z_0-9]+(?:\\([^()]*\\))?(?: with time zone)?)\\[\\]',
        '([a-z]+\\((?:[^()]|\\([^()]*\\))*\\))\\[\\]', '([a-z]+\\(.*\\))\\[\\]'],
      lambda t, p: regexp_replace(t, p, 'array(\\1)', 'g'),
      replace(replace(replace(replace(replace(replace(replace(replace(replace(lower(typeof(x)),
        'timestamp', 'timestamp(3)'), 'struct(', 'row('), 'float', 'real'), 'blob', 'varbinary'), 'hugeint', 'decimal(38,0)'),
        '"null"', 'unknown'), 'interval', 'interval day to second'), 'ubigint', 'bigint'), '"', ''))`,
  },
};
