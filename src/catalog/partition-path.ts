import type { Column } from './catalog.ts';

/** What Hive writes in place of a missing value. */
export const nullPartitionValue = '__HIVE_DEFAULT_PARTITION__';

// Hive escapes these in folder names (FileUtils.escapePathName).
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are among them
const escapedCharacters = /[\u0000-\u001f"#%'*/:=?\\\u007f{[\]^]/g;

/** `year=2025` → its key in lower case and its value without escapes; undefined for a folder of another form. */
export function parsePartitionFolder(folder: string): { readonly key: string; readonly value: string } | undefined {
  const divided = /^([^=]+)=(.*)$/s.exec(folder);
  if (divided?.[1] === undefined || divided[2] === undefined) return undefined;
  return { key: unescapeFolder(divided[1]).toLowerCase(), value: unescapeFolder(divided[2]) };
}

/** `year=2025/month=08`: how Hive and Athena name a partition. */
export function partitionPath(keys: readonly Column[], values: readonly string[]): string {
  return keys.map((key, i) => `${escapeFolder(key.name)}=${escapeFolder(values[i] ?? '')}`).join('/');
}

/** Whether two texts are the same value of a partition column: `8` and `08` are one int and two strings. */
export function samePartitionValue(type: string, a: string, b: string): boolean {
  if (a === b) return true;
  const whole = /^[+-]?\d+$/;
  const isWhole = ['tinyint', 'smallint', 'int', 'bigint'].includes(type);
  return isWhole && whole.test(a) && whole.test(b) && BigInt(a) === BigInt(b);
}

/** Names that begin with `_` or `.` are no data: Hive, Spark and Athena skip them. */
export function isHidden(name: string): boolean {
  return name.startsWith('_') || name.startsWith('.');
}

function escapeFolder(text: string): string {
  return text.replace(escapedCharacters, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

function unescapeFolder(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
