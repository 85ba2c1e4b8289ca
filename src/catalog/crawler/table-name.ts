import { createHash } from 'node:crypto';

const maxNameLength = 128;

/** Glue's rule: the prefix, then the folder's name in lower case, with `_` for whatever is not a letter or digit. */
export function tableName(tablePrefix: string, folder: string, database: string): string {
  const last = folder.split('/').at(-2) ?? database;
  return `${tablePrefix}${last}`
    .toLowerCase()
    .replace(/[^a-z0-9_]/g, '_')
    .slice(0, maxNameLength);
}

/** A name that another table has already gets a hash of the location, the same at each crawl. */
export function freeName(name: string, location: string, isTaken: (name: string) => boolean): string {
  if (!isTaken(name)) return name;
  const hash = createHash('sha256').update(location).digest('hex').slice(0, 8);
  return `${name.slice(0, maxNameLength - 9)}_${hash}`;
}
