import type { RecordTrace } from '../../ledger/record-trace.ts';
import { keyColumns } from '../../transform/definition.ts';
import type { Wanted } from './record-fields.ts';
import { keyFields, type RouteJob } from './tracer.ts';

/** Records that are followed at most: more than these can't be read on a screen. */
export const mostFollowed = 20;

/** What a search has found so far. */
export interface Search {
  readonly records: RecordTrace[];
  readonly lookedIn: string[];
  readonly skipped: string[];
  scanned: boolean;
  more: boolean;
}

/** A record by its place in what a job reads. */
interface Found {
  readonly object: string;
  readonly row: number;
}

/** Follows what was not followed yet, until there is too much. */
export async function followFound<T extends Found>(
  search: Search,
  found: readonly T[],
  follow: (one: T) => Promise<RecordTrace | undefined>,
): Promise<void> {
  const nameOf = ({ object, row }: Found): string => `${object} ${row}`;
  const known = new Set(
    search.records.flatMap(({ delivery, taken }) => {
      if (taken !== undefined) return [nameOf({ object: taken.object, row: taken.element })];
      return delivery === undefined ? [] : [nameOf(delivery)];
    }),
  );
  for (const one of found) {
    if (known.has(nameOf(one))) continue;
    if (search.records.length >= mostFollowed) {
      search.more = true;
      return;
    }
    const record = await follow(one);
    if (record !== undefined) search.records.push(record);
  }
}

/** The values of a job's key, named as its input does or as its table; undefined where they are none of its key. */
export function wantedKey(job: RouteJob, wanted: Wanted): readonly string[] | undefined {
  const names = Object.keys(wanted);
  for (const key of [keyFields(job), keyColumns(job.entry.definition)])
    if (key.length > 0 && key.length === names.length && key.every((name) => names.includes(name)))
      return key.map((name) => wanted[name] ?? '');
  return undefined;
}
