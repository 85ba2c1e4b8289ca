/**
 * Patterns for times: MySQL's (`date_format`, `date_parse`) and Joda's (`format_datetime`, `parse_datetime`) →
 * DuckDB's strftime. A pattern letter without an equal is returned as `unsupported`.
 */
export type TimePattern = { readonly pattern: string } | { readonly unsupported: string };

/** Trino documents these; it refuses %D, %U, %u, %V, %w and %X itself. */
const mysql: Readonly<Record<string, string>> = {
  a: '%a',
  b: '%b',
  c: '%-m',
  d: '%d',
  e: '%-d',
  f: '%f',
  H: '%H',
  h: '%I',
  I: '%I',
  i: '%M',
  j: '%j',
  k: '%-H',
  l: '%-I',
  M: '%B',
  m: '%m',
  p: '%p',
  r: '%I:%M:%S %p',
  S: '%S',
  s: '%S',
  T: '%H:%M:%S',
  v: '%V',
  W: '%A',
  x: '%G',
  Y: '%Y',
  y: '%y',
  '%': '%%',
};

export function mysqlPattern(text: string): TimePattern {
  let pattern = '';
  for (let i = 0; i < text.length; i += 1) {
    const character = text.charAt(i);
    if (character !== '%') {
      pattern += character;
      continue;
    }
    i += 1;
    const letter = text.charAt(i);
    const mapped = mysql[letter];
    // MySQL prints an unknown letter as itself; Trino refuses the ones below by name, and so do we.
    if (mapped === undefined && (letter === '' || 'DUuVwX'.includes(letter))) return { unsupported: `%${letter}` };
    pattern += mapped ?? letter;
  }
  return { pattern };
}

const joda: Readonly<Record<string, (count: number) => string | undefined>> = {
  y: (count) => (count === 2 ? '%y' : count <= 4 ? '%Y' : undefined),
  Y: (count) => (count === 2 ? '%y' : count <= 4 ? '%Y' : undefined),
  x: (count) => (count === 4 ? '%G' : undefined),
  w: (count) => (count === 2 ? '%V' : undefined),
  e: (count) => (count === 1 ? '%u' : undefined),
  M: (count) => ['%-m', '%m', '%b', '%B'][Math.min(count, 4) - 1],
  d: (count) => ['%-d', '%d'][count - 1],
  D: (count) => (count === 3 ? '%j' : count === 1 ? '%-j' : undefined),
  E: (count) => (count >= 4 ? '%A' : '%a'),
  H: (count) => ['%-H', '%H'][count - 1],
  h: (count) => ['%-I', '%I'][count - 1],
  m: (count) => ['%-M', '%M'][count - 1],
  s: (count) => ['%-S', '%S'][count - 1],
  S: (count) => (count === 3 ? '%g' : count === 6 ? '%f' : undefined),
  a: () => '%p',
};

export function jodaPattern(text: string): TimePattern {
  let pattern = '';
  for (const [part] of text.matchAll(/'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+|'/g)) {
    if (part.startsWith("'")) {
      if (part === "'") return { unsupported: "an unfinished '…'" };
      pattern += (part === "''" ? "'" : part.slice(1, -1).replaceAll("''", "'")).replaceAll('%', '%%');
    } else if (/^[A-Za-z]/.test(part)) {
      const mapped = joda[part.charAt(0)]?.(part.length);
      if (mapped === undefined) return { unsupported: part };
      pattern += mapped;
    } else {
      pattern += part.replaceAll('%', '%%');
    }
  }
  return { pattern };
}
