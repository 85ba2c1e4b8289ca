import { keyedHash } from './home-secret.ts';

/** An argument of a command, as its description names it. */
export interface TypedWord {
  /** `--key`, or nothing for an argument without a name. */
  readonly option?: string;
  /** What the description calls its value: `file`, `n`, `sql`. */
  readonly placeholder: string;
  readonly value: string;
}

/** What values may be called that say where or how, and never what a record holds. */
const harmless: ReadonlySet<string> = new Set([
  ...['file', 'dir', 'path', 'format', 'n', 'count', 'share', 'seconds', 'time', 'date', 'day', 'specs', 'kind'],
  ...['pipeline', 'stream', 'delivery', 'crawler', 'job', 'table', 'column', 'address', 'alarm', 'metric', 'name'],
  ...[
    'shell',
    'what',
    'action',
    'by',
    'topic',
    'prefix',
    'port',
    'seed',
    'names',
    'unit',
    'hash',
    'check',
    'field',
    'fields',
    'profile',
  ],
]);

const sqlWords: ReadonlySet<string> = new Set(['sql', 'where', 'expression', 'condition']);

/**
 * The command line as the audit log keeps it. SQL stands without its literals and comments; `field=value` without its value;
 * whatever is not known to be harmless as a keyed hash, so that the same value is recognised and not read.
 */
export function redactedArguments(words: readonly TypedWord[], secret: Uint8Array): readonly string[] {
  return words.flatMap(({ option, placeholder, value }) => {
    const shown = redactedValue(placeholder, value, secret);
    return option === undefined ? [shown] : value === '' ? [option] : [option, shown];
  });
}

function redactedValue(placeholder: string, value: string, secret: Uint8Array): string {
  if (value === '') return '';
  if (sqlWords.has(placeholder)) return withoutLiterals(value);
  if (harmless.has(placeholder)) return value;
  const pair = /^([A-Za-z_][\w.]*)=([\s\S]*)$/.exec(value);
  if (pair !== null) return `${pair[1]}=${keyedHash(secret, pair[2] ?? '')}`;
  return keyedHash(secret, value);
}

/** SQL whose texts, numbers and comments are `?`. Names in double quotes stay; what is not closed goes to its end. */
export function withoutLiterals(sql: string): string {
  const parts = /'(?:[^']|'')*(?:'|$)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"(?:[^"]|"")*(?:"|$)|\b\d[\w.]*/g;
  return sql
    .replace(parts, (part) => (part.startsWith('"') ? part : part.startsWith('-') || part.startsWith('/') ? ' ' : '?'))
    .replace(/\s+/g, ' ')
    .trim();
}
