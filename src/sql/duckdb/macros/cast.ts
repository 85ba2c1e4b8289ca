import type { Macros } from './macro.ts';

/**
 * Casts where Trino and DuckDB part: how doubles and times print, which texts are numbers and dates, how doubles
 * round. A text that Trino refuses is turned into one that DuckDB's cast refuses too, so that TRY and TRY_CAST see it.
 */
export const castMacros: Macros = {
  /** Digits of \`t\` (a double as DuckDB prints it) in Java's notation: plain from 1.0E-3 up to 1.0E7. */
  athena_scientific: {
    definition: `(sign, whole, fraction, e) AS sign || CASE
      WHEN whole <> '0' THEN whole[1] || '.' || coalesce(nullif(rtrim(whole[2:] || fraction, '0'), ''), '0') || 'E' || (len(whole) - 1 + e)
      ELSE ltrim(fraction, '0')[1] || '.' || coalesce(nullif(rtrim(ltrim(fraction, '0')[2:], '0'), ''), '0')
        || 'E' || (len(ltrim(fraction, '0')) - len(fraction) - 1 + e) END`,
  },
  athena_double_text: {
    definition: `(t) AS CASE
      WHEN t = 'nan' OR t = '-nan' THEN 'NaN' WHEN t = 'inf' THEN 'Infinity' WHEN t = '-inf' THEN '-Infinity'
      WHEN TRY_CAST(t AS DOUBLE) = 0 THEN t
      WHEN abs(TRY_CAST(t AS DOUBLE)) >= 0.001 AND abs(TRY_CAST(t AS DOUBLE)) < 10000000 AND NOT contains(t, 'e') THEN t
      ELSE athena_scientific(
        CASE WHEN starts_with(t, '-') THEN '-' ELSE '' END,
        split_part(ltrim(split_part(t, 'e', 1), '-'), '.', 1),
        split_part(ltrim(split_part(t, 'e', 1), '-'), '.', 2),
        CASE WHEN contains(t, 'e') THEN CAST(split_part(t, 'e', 2) AS INTEGER) ELSE 0 END) END`,
    uses: ['athena_scientific'],
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
        'text': CASE WHEN typeof(x) IN ('VARCHAR', 'JSON') THEN CASE
          WHEN regexp_full_match(athena_text(x), '[+-]?[0-9]+') THEN athena_text(x)
          WHEN x IS NOT NULL THEN 'Cannot cast ''' || athena_text(x) || '''' END END,
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
          WHEN regexp_full_match(CAST(x AS VARCHAR), '\\s*[+-]?\\d{4,}-\\d{1,2}-\\d{1,2}( \\d{1,2}:\\d{1,2}(:\\d{1,2}(\\.\\d+)?)?)?( ?[A-Za-z+-][A-Za-z0-9/_+:-]*)?\\s*') THEN CAST(x AS VARCHAR)
          WHEN x IS NOT NULL THEN 'Value cannot be cast to timestamp: ' || CAST(x AS VARCHAR) END END,
        'other': x},
      CASE WHEN typeof(x) = 'VARCHAR' THEN 'text' ELSE 'other' END)`,
  },
};
