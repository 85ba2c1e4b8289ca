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
  /** Trino keeps one value of a key that comes twice, whichever: the first here. DuckDB's map() fails on such keys. */
  athena_map_agg: {
    definition: `(k, v) AS list_transform([{'keys': k, 'items': v}], lambda p: CASE
      WHEN len(p.keys) = len(list_distinct(p.keys)) THEN map(p.keys, p.items)
      WHEN len(p.keys) > 0 THEN map(list_sort(list_distinct(p.keys)),
        list_transform(list_sort(list_distinct(p.keys)), lambda x: p.items[list_position(p.keys, x)])) END)[1]`,
  },
  /** Trino keeps the first of equals and a NULL; DuckDB's list_distinct drops NULLs and shuffles. */
  athena_array_distinct: {
    definition: '(x) AS list_filter(x, lambda athena_x, athena_i: list_position(x, athena_x) = athena_i)',
  },
  athena_array_intersect: {
    definition:
      '(x, y) AS CASE WHEN y IS NOT NULL THEN list_filter(athena_array_distinct(x), lambda athena_x: list_position(y, athena_x) IS NOT NULL) END',
    uses: ['athena_array_distinct'],
  },
  athena_array_except: {
    definition:
      '(x, y) AS CASE WHEN y IS NOT NULL THEN list_filter(athena_array_distinct(x), lambda athena_x: list_position(y, athena_x) IS NULL) END',
    uses: ['athena_array_distinct'],
  },
  athena_array_remove: {
    definition:
      '(x, v) AS CASE WHEN v IS NOT NULL THEN list_filter(x, lambda athena_x: athena_x IS DISTINCT FROM v) END',
  },
  /** Whether two arrays share a value is not known where an element is not. */
  athena_arrays_overlap: {
    definition: `(x, y) AS CASE WHEN x IS NULL OR y IS NULL THEN NULL WHEN list_has_any(x, y) THEN true
      WHEN len(x) = 0 OR len(y) = 0 OR list_count(x) + list_count(y) = len(x) + len(y) THEN false END`,
  },
  /** Of an array of truth values: true if one is, else not known if one is not known. */
  athena_any: {
    definition: `(x) AS CASE WHEN list_contains(x, true) THEN true WHEN list_count(x) = len(x) THEN false END`,
  },
  athena_all: {
    definition: `(x) AS CASE WHEN list_contains(x, false) THEN false WHEN list_count(x) = len(x) THEN true END`,
  },
  /** Of a text or an array; the other function gets an empty value of its own kind, so that both bind. */
  athena_reverse: {
    definition: `(x) AS struct_extract({
        'deferred': len([x]),
        'text': reverse(struct_extract({'own': x, 'none': ''}, CASE WHEN suffix(typeof(x), '[]') THEN 'none' ELSE 'own' END)),
        'items': list_reverse(struct_extract({'own': x, 'none': ['']},
          CASE WHEN suffix(typeof(x), '[]') THEN 'own' ELSE 'none' END))},
      CASE WHEN suffix(typeof(x), '[]') THEN 'items' ELSE 'text' END)`,
  },
  /** Every value of a key, in the order of the rows; keys sorted. */
  athena_multimap_agg: {
    definition: `(k, v) AS list_transform([{'keys': k, 'items': v}], lambda p: CASE WHEN len(p.keys) > 0
      THEN map(list_sort(list_distinct(p.keys)), list_transform(list_sort(list_distinct(p.keys)),
        lambda x: list_filter(p.items, lambda y, i: p.keys[i] = x))) END)[1]`,
  },
  /** Each entry has the delimiter between key and value exactly once; keys that come twice fail. */
  athena_split_to_map: {
    definition: `(s, d, e) AS CASE WHEN s = '' THEN map([]::VARCHAR[], []::VARCHAR[]) ELSE map(
      list_transform(string_split(s, d), lambda x: CASE WHEN len(string_split(x, e)) = 2 THEN string_split(x, e)[1]
        ELSE CAST(CAST('Key-value delimiter must appear exactly once in each entry. Bad input: ' || x AS INTEGER) AS VARCHAR) END),
      list_transform(string_split(s, d), lambda x: string_split(x, e)[2])) END`,
  },
};
