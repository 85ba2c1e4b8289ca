import type { Translation } from '../sql/translation.ts';
import type { TableRead } from './read-set.ts';
import type { ScanBound } from './scan-bound.ts';
import type { Counted } from './table-view.ts';

/** A query bound to exact files, within its limit, before anything of them is scanned. */
export interface PreparedQuery {
  readonly source: string;
  readonly translation: Translation;
  readonly reads: readonly TableRead[];
  readonly bound: ScanBound;
  /** Statements for the connection that runs it. */
  readonly setup: readonly string[];
  /** Sequences → what they count. */
  readonly counters: ReadonlyMap<string, Counted>;
  /** Files of the log's records, to be deleted when the query is over. */
  readonly spooled: readonly string[];
}
