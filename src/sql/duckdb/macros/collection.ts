import type { Macros } from './macro.ts';

export const collectionMacros: Macros = {
  /** Of a map or an array; the other function gets an empty value of its own kind, so that both bind. */
  athena_cardinality: {
    definition: `(x) AS struct_extract({
        'deferred': len([x]),
        'entries': CAST(cardinality(struct_extract({'own': x, 'none': map(['']::VARCHAR[], [''])},
          CASE WHEN typeof(x) LIKE 'MAP(%' THEN 'own' ELSE 'none' END)) AS BIGINT),
        'items': len(struct_extract({'own': x, 'none': ['']},
          CASE WHEN typeof(x) LIKE 'MAP(%' THEN 'none' ELSE 'own' END))},
      CASE WHEN typeof(x) LIKE 'MAP(%' THEN 'entries' ELSE 'items' END)`,
  },
  /** A map as an array of rows; an array as it is. */
  athena_rows: {
    definition: `(x) AS struct_extract({
        'deferred': len([x]),
        'entries': map_entries(struct_extract({'own': x, 'none': map(['']::VARCHAR[], [''])},
          CASE WHEN typeof(x) LIKE 'MAP(%' THEN 'own' ELSE 'none' END)),
        'items': x},
      CASE WHEN typeof(x) LIKE 'MAP(%' THEN 'entries' ELSE 'items' END)`,
  },
  /** Trino's subscript fails outside the array and for a key that is not there; element_at gives NULL. */
  athena_array_at: {
    definition: `(x, i) AS x[CASE WHEN i > len(x) OR i < 1
      THEN CAST('Array subscript out of bounds' AS INTEGER) ELSE i END]`,
  },
  athena_array_position: {
    definition:
      '(x, v) AS CASE WHEN x IS NOT NULL AND v IS NOT NULL THEN coalesce(CAST(list_position(x, v) AS BIGINT), 0) END',
  },
  /** Whether a value is in an array that has NULLs but not the value is not known. */
  athena_contains: {
    definition: `(x, v) AS CASE WHEN x IS NOT NULL AND v IS NOT NULL
      THEN CASE WHEN list_contains(x, v) THEN true WHEN list_count(x) = len(x) THEN false END END`,
  },
  /** An unknown element may be the greatest. */
  athena_array_max: { definition: '(x) AS CASE WHEN list_count(x) = len(x) THEN list_max(x) END' },
  athena_array_min: { definition: '(x) AS CASE WHEN list_count(x) = len(x) THEN list_min(x) END' },
  athena_json_scalar: {
    definition: `(j, p) AS CASE WHEN CASE WHEN json_valid(CAST(j AS VARCHAR)) THEN json_type(CAST(j AS VARCHAR), p) END NOT IN ('OBJECT', 'ARRAY', 'NULL')
      THEN json_extract_string(CAST(j AS VARCHAR), p) END`,
  },
  athena_json_extract: {
    definition: '(j, p) AS CASE WHEN json_valid(CAST(j AS VARCHAR)) THEN json_extract(CAST(j AS VARCHAR), p) END',
  },
  /** Trino keeps one value of a key that comes twice, whichever: the first here. DuckDB's map() fails on such keys. */
  athena_map_agg: {
    definition: `(k, v) AS list_transform([{'keys': k, 'items': v}], lambda p: CASE
      WHEN len(p.keys) = len(list_distinct(p.keys)) THEN map(p.keys, p.items)
      WHEN len(p.keys) > 0 THEN map(list_sort(list_distinct(p.keys)),
        list_transform(list_sort(list_distinct(p.keys)), lambda x: p.items[list_position(p.keys, x)])) END)[1]`,
  },
};
