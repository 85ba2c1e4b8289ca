import { createHash } from 'node:crypto';
import { basename } from 'node:path';

/**
 * Name of a file that keeps one content of one object: two objects may have the same content and the same last name, and
 * whoever reads both tells their rows apart by the file. It keeps the ending: DuckDB tells gzip from plain text by it.
 */
export function copyName(key: string, etag: string): string {
  const where = createHash('sha256').update(key).digest('hex').slice(0, 12);
  return `${etag}-${where}-${basename(key).slice(-150)}`;
}
