import type { Macros } from './macro.ts';

const width = "CASE typeof(x) WHEN 'TINYINT' THEN 8 WHEN 'SMALLINT' THEN 16 WHEN 'INTEGER' THEN 32 ELSE 64 END";
const power = (exponent: string): string => `CAST(pow(2, ${exponent}) AS HUGEINT)`;

/** Shifts of two's complement, as Trino has them: bits that leave on the left are gone, DuckDB's `<<` fails on them. */
export const binaryMacros: Macros = {
  athena_wrapped: {
    definition: `(n, w) AS CASE WHEN n % ${power('w')} >= ${power('w - 1')} THEN n % ${power('w')} - ${power('w')}
      WHEN n % ${power('w')} < -${power('w - 1')} THEN n % ${power('w')} + ${power('w')} ELSE n % ${power('w')} END`,
  },
  athena_left_shift: {
    definition: `(x, n) AS cast_to_type(+CASE WHEN n >= ${width} THEN 0
      ELSE athena_wrapped(CAST(x AS HUGEINT) % ${power(`(${width} - n)`)} * ${power('n')}, ${width}) END, x)`,
    uses: ['athena_wrapped'],
  },
  athena_right_shift: {
    definition: `(x, n) AS cast_to_type(+CASE WHEN n >= ${width} THEN 0 WHEN n = 0 THEN CAST(x AS HUGEINT)
      ELSE (CASE WHEN x < 0 THEN CAST(x AS HUGEINT) + ${power(width)} ELSE CAST(x AS HUGEINT) END) // ${power('n')} END, x)`,
  },
  athena_right_shift_arithmetic: {
    definition: `(x, n) AS cast_to_type(+CASE WHEN n >= ${width} THEN CASE WHEN x < 0 THEN -1 ELSE 0 END
      WHEN x < 0 THEN (CAST(x AS HUGEINT) - ${power('n')} + 1) // ${power('n')} ELSE CAST(x AS HUGEINT) // ${power('n')} END, x)`,
  },
  /** The hash as bytes, which `to_hex` shows; DuckDB's is a text. */
  athena_md5: { definition: '(x) AS unhex(md5(x))' },
  athena_sha1: { definition: '(x) AS unhex(sha1(x))' },
  athena_sha256: { definition: '(x) AS unhex(sha256(x))' },
  /** Java's URLEncoder: a space is +, of the marks only *-._ stay. */
  athena_url_encode: {
    definition: "(x) AS replace(replace(replace(url_encode(x), '%20', '+'), '%2A', '*'), '~', '%7E')",
  },
  athena_url_decode: { definition: "(x) AS url_decode(replace(x, '+', ' '))" },
  /** A part of a URL by RFC 3986, Appendix B; NULL for what holds a space or is no URI, empty where there is none. */
  athena_url_part: {
    definition: `(x, i) AS CASE WHEN regexp_matches(x, '^[^\\s<>"{}|\\\\^\x60]*$')
      THEN regexp_extract(x, '^(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\\?([^#]*))?(?:#(.*))?', i) END`,
  },
  athena_url_host: {
    definition: "(x) AS regexp_extract(athena_url_part(x, 2), '^(?:[^@]*@)?(\\[[^\\]]*\\]|[^:]*)', 1)",
    uses: ['athena_url_part'],
  },
  athena_url_port: {
    definition: "(x) AS TRY_CAST(regexp_extract(athena_url_part(x, 2), ':(\\d+)$', 1) AS BIGINT)",
    uses: ['athena_url_part'],
  },
  athena_url_parameter: {
    definition: `(x, n) AS list_transform(list_filter(string_split(nullif(athena_url_part(x, 4), ''), '&'),
      lambda p: split_part(p, '=', 1) = n)[1:1], lambda p: url_decode(split_part(p, '=', 2)))[1]`,
    uses: ['athena_url_part'],
  },
};
