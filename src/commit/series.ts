/**
 * An ordered commit series n = 0, 1, 2 … in the lake, under `_playhead/series/<name>/`: for each n a plan, then a
 * commit, each created with if-none-match. The first that exists is the truth: who loses the race adopts it.
 */
export interface CommitSeries<Plan, Commit> {
  readonly name: string;
  /** The last commit and, where a writer died, the plan after it that has no commit yet. Reads the checkpoint, then the tail. */
  head(): Promise<SeriesHead<Plan, Commit>>;
  /** Creates plan n, or returns the one that exists (`adopted`). n must be the head's next number. */
  plan(n: number, plan: Plan): Promise<{ plan: Plan; adopted: boolean }>;
  /** Creates commit n, or returns the one that exists (`adopted`). */
  commit(n: number, commit: Commit): Promise<{ commit: Commit; adopted: boolean }>;
  /** Commit n, undefined while there is none: looked for before each put of an object. */
  read(n: number): Promise<Commit | undefined>;
  /** Commits from n on, in order. */
  commits(from: number, to?: number): AsyncIterable<{ readonly n: number; readonly commit: Commit }>;
}

export interface SeriesHead<Plan, Commit> {
  /** Number of the next commit. */
  readonly next: number;
  readonly last?: Commit;
  readonly pendingPlan?: Plan;
}
