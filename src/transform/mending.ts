import type { DuckSession } from '../duck/duck.ts';
import { quarantineColumns } from './quarantine.ts';

/** Which quarantined records are replayed, and what becomes of their text. */
export interface Mending {
  /** Makes on a session what the SQL calls. */
  prepare(session: DuckSession): Promise<void>;
  /** SQL of the relation with the quarantine's columns (`setApart`) beside the record's fields, as far as they can be read. */
  fields(quarantine: string): string;
  /** SQL over `fields`: the record's line as it is to be read, and whether it is chosen. */
  readonly mended: string;
  readonly chosen: string;
}

/** Name of a quarantine's column beside the fields of its records: one that no field can have. */
export function apart(column: keyof typeof quarantineColumns): string {
  return `_quarantined_${column}`;
}

/** SQL of a quarantine with its columns named apart: a record may have a `source`, a `text` or a `row` of its own. */
export function setApart(quarantine: string): string {
  const columns = Object.keys(quarantineColumns) as (keyof typeof quarantineColumns)[];
  return `(SELECT ${columns.map((name) => `${name} AS ${apart(name)}`).join(', ')} FROM ${quarantine})`;
}

/** The order in which records came. */
export const inOrderOfArrival = (['arrived_ms', 'source_commit', 'source', 'row'] as const).map(apart).join(', ');
