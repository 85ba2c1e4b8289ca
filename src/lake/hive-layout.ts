/**
 * Partitions as Hive lays them out: one folder a key, `year=2025/month=08/`. Values are kept as they stand (`08` is
 * not `8`); what a path can't hold is %-escaped as Hive does (org.apache.hadoop.hive.common.FileUtils.escapePathName).
 */
export interface PartitionValue {
  readonly name: string;
  readonly value: string;
}

/** What Hive writes for a partition value that is NULL or empty. */
export const hiveNull = '__HIVE_DEFAULT_PARTITION__';

// biome-ignore lint/suspicious/noControlCharactersInRegex: Hive escapes the control characters
const escaped = /[\u0000-\u001f\u007f"#%'*/:=?\\{[\]^]/g;

/** `year=2025/month=08/`, empty for no keys. NULL and the empty text become Hive's name for NULL. */
export function partitionPath(names: readonly string[], values: readonly (string | null)[]): string {
  if (names.length !== values.length) throw new RangeError(`${names.length} partition keys, ${values.length} values`);
  return names.map((name, i) => `${escapeSegment(name)}=${escapeSegment(values[i] || hiveNull)}/`).join('');
}

/**
 * The partition values in a path's folders, outermost first; folders without a `=` are passed over, and so is what
 * comes after the last slash (an object's own name).
 */
export function parsePartitionPath(path: string): readonly PartitionValue[] {
  const found: PartitionValue[] = [];
  for (const folder of path.split('/').slice(0, -1)) {
    const equals = folder.indexOf('=');
    if (equals < 1) continue;
    found.push({ name: unescapeSegment(folder.slice(0, equals)), value: unescapeSegment(folder.slice(equals + 1)) });
  }
  return found;
}

/** A name or value as it may stand in a folder: what a path cannot hold, %-escaped. */
export function escapeSegment(text: string): string {
  return text.replace(escaped, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
}

/** The inverse of `escapeSegment`. */
export function unescapeSegment(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
