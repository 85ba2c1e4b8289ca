import type { Macros } from './macro.ts';

export const textMacros: Macros = {
  /** Trino counts from 1 or from the end; 0, or a start outside the text, gives the empty text. */
  athena_substr: {
    definition: `(s, start, n) AS CASE WHEN start = 0 OR abs(start) > length(s) OR n <= 0 THEN left(s, 0)
      ELSE substr(s, start, n) END`,
  },
  athena_substr_rest: {
    definition: '(s, start) AS CASE WHEN start = 0 OR abs(start) > length(s) THEN left(s, 0) ELSE substr(s, start) END',
  },
  /** Past the last field Trino gives NULL, DuckDB the empty text. */
  athena_split_part: {
    definition: `(s, d, i) AS string_split(s, d)[CASE WHEN i > 0 THEN i
      ELSE CAST('Index must be greater than zero' AS INTEGER) END]`,
  },
  athena_regexp_extract: {
    definition: '(s, p, g) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, g) END',
  },
};
