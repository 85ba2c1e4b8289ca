import type { Macros } from './macro.ts';

/** The session's zone is UTC; \`athena_now\` is a variable that the engine sets from its clock for each query. */
export const timeMacros: Macros = {
  athena_now: { definition: "() AS CAST(getvariable('athena_now') AS TIMESTAMPTZ)" },
  athena_date_trunc: { definition: '(unit, x) AS cast_to_type(date_trunc(unit, x), x)' },
  /** A date plus an interval is a timestamp in DuckDB, a date in Trino. */
  athena_shift: { definition: '(x, step) AS cast_to_type(x + step, x)' },
  /** An overload by type: it is told only where the type is known beforehand, so aggregates take the other form. */
  athena_subtract: { definition: '(a DATE, b DATE) AS to_days(CAST(a - b AS INTEGER)), (a, b) AS a - b' },
  athena_subtract_few: {
    definition: "(a, b) AS list_transform([{'a': a, 'b': b}], lambda p: athena_subtract(p.a, p.b))[1]",
    uses: ['athena_subtract'],
  },
  /** What a clock in the zone shows; a timestamp without a zone is taken as UTC, the session's. */
  athena_wall_clock: {
    definition: `(x, zone) AS CASE WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE'
      THEN TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMPTZ) AT TIME ZONE zone
      ELSE (TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMP) AT TIME ZONE 'UTC') AT TIME ZONE zone END`,
  },
  athena_iso8601: {
    definition: `(x) AS CASE typeof(x)
      WHEN 'DATE' THEN CAST(x AS VARCHAR)
      WHEN 'TIMESTAMP' THEN strftime(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%g')
      ELSE strftime(TRY_CAST(CAST(x AS VARCHAR) AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%gZ') END`,
  },
};
