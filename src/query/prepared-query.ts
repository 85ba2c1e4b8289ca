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
  /** Why what other homes committed may be lacking. */
  readonly behind: string | undefined;
  /** What the query reads by path, objects' copies and the log's records alike: to be disposed of when it is over. */
  readonly held: AsyncDisposableStack;
}
