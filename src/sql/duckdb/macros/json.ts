import type { Macros } from './macro.ts';

/** The text where it is JSON: Trino's functions give NULL for any other. */
const json = 'CASE WHEN json_valid(CAST(j AS VARCHAR)) THEN CAST(j AS VARCHAR) END';

export const jsonMacros: Macros = {
  athena_json_scalar: {
    definition: `(j, p) AS CASE WHEN CASE WHEN json_valid(CAST(j AS VARCHAR)) THEN json_type(CAST(j AS VARCHAR), p) END NOT IN ('OBJECT', 'ARRAY', 'NULL')
      THEN json_extract_string(CAST(j AS VARCHAR), p) END`,
  },
  athena_json_extract: {
    definition: '(j, p) AS CASE WHEN json_valid(CAST(j AS VARCHAR)) THEN json_extract(CAST(j AS VARCHAR), p) END',
  },
  /** Members of an object, elements of an array, 0 of all else. */
  athena_json_size: {
    definition: `(j, p) AS CASE json_type(${json}, p) WHEN 'ARRAY' THEN CAST(json_array_length(${json}, p) AS BIGINT)
      WHEN 'OBJECT' THEN len(json_keys(${json}, p)) WHEN NULL THEN NULL ELSE CASE WHEN json_exists(${json}, p) THEN 0 END END`,
  },
  athena_json_array_get: {
    definition: `(j, i) AS CASE WHEN json_type(${json}) = 'ARRAY' THEN json_extract(${json}, CAST(i AS BIGINT)) END`,
  },
  athena_json_array_contains: {
    definition: `(j, v) AS CASE WHEN json_type(${json}) = 'ARRAY' THEN
      list_contains(list_transform(json_extract(${json}, '$[*]'), lambda x: CAST(x AS VARCHAR)), CAST(to_json(v) AS VARCHAR)) END`,
  },
  athena_json_exists: {
    definition: `(j, p) AS CASE WHEN j IS NOT NULL THEN coalesce(json_exists(${json}, p), false) END`,
  },
};
