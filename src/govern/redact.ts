import { keyedHash } from './home-secret.ts';
import { sqlVocabulary } from './sql-vocabulary.ts';

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
    'part',
    'folder',
    'report',
    'detector',
    'scopes',
  ],
]);

const sqlWords: ReadonlySet<string> = new Set(['sql', 'where', 'expression', 'condition']);

/**
 * The command line as the audit log keeps it. SQL stands with the words that are its own or `known` (names of tables and columns, in lower case); `field=value` without its value;
 * whatever is not known to be harmless as a keyed hash, so that the same value is recognised and not read.
 */
export function redactedArguments(
  words: readonly TypedWord[],
  secret: Uint8Array,
  known: ReadonlySet<string>,
): readonly string[] {
  return words.flatMap(({ option, placeholder, value }) => {
    const shown = redactedValue(placeholder, value, secret, known);
    return option === undefined ? [shown] : value === '' ? [option] : [option, shown];
  });
}

function redactedValue(placeholder: string, value: string, secret: Uint8Array, known: ReadonlySet<string>): string {
  if (value === '') return '';
  if (sqlWords.has(placeholder)) return withoutLiterals(value, known);
  if (harmless.has(placeholder)) return value;
  const pair = /^([A-Za-z_][\w.]*)=([\s\S]*)$/.exec(value);
  if (pair !== null) return `${pair[1]}=${keyedHash(secret, pair[2] ?? '')}`;
  return keyedHash(secret, value);
}

/**
 * SQL as it says nothing about anybody: its texts, numbers and comments are `?`, and so is every word that does not belong to
 * SQL and is not `known` (names of tables, columns and functions), as an id is that was typed without quotes or in double ones.
 */
export function withoutLiterals(sql: string, known: ReadonlySet<string>): string {
  const parts =
    /'(?:[^']|'')*(?:'|$)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"(?:[^"]|"")*(?:"|$)|[\p{L}\p{N}_$@](?:[\p{L}\p{N}_$@-]*[\p{L}\p{N}_$@])?/gu;
  return sql
    .replace(parts, (part) => {
      if (/^(--|\/\*)/.test(part)) return ' ';
      const word = part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part;
      return known.has(word.toLowerCase()) || (!part.startsWith('"') && sqlVocabulary.has(word.toLowerCase()))
        ? part
        : '?';
    })
    .replace(/\s+/g, ' ')
    .trim();
}
