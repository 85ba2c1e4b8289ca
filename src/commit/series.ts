import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { listAll, type ObjectStore } from '../lake/object-store.ts';
import { createOrAdopt, encodeJson, readJson } from './json-object.ts';
import { packCommits, packedTogether } from './packed-commits.ts';
import { checkSeriesName, seriesKey, seriesRoot } from './series-keys.ts';

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
  /** Plan n, undefined where there is none: what commit n was made from. */
  readPlan(n: number): Promise<Plan | undefined>;
  /** Commits from n on, in order, up to but without `to`, or to the head. */
  commits(from: number, to?: number): AsyncIterable<{ readonly n: number; readonly commit: Commit }>;
}

export interface SeriesHead<Plan, Commit> {
  /** Number of the next commit. */
  readonly next: number;
  readonly last?: Commit;
  readonly pendingPlan?: Plan;
}

export interface SeriesSettings<Commit> {
  /** True for a commit after which the series takes no more (a `close`): a later plan or commit is PH_COMMIT_CONFLICT. */
  readonly isLast?: (commit: Commit) => boolean;
}

const checkpointEvery = 100;

/**
 * Plans and commits are JSON as they stand: positions in them are decimal strings (a bigint is refused by the encoder).
 * Finding the head takes about 2·log2(commits since the checkpoint) look-ups, since commits have no gaps; without the
 * checkpoint, which is a hint that is never trusted beyond what exists, it takes about forty for 100,000 commits.
 * Throws PH_COMMIT_CONFLICT for a number that is not the next, PH_STATE_CORRUPT for what is not JSON.
 */
export function openSeries<Plan, Commit>(
  store: ObjectStore,
  name: string,
  effects: Effects,
  settings: SeriesSettings<Commit> = {},
): CommitSeries<Plan, Commit> {
  checkSeriesName(name);
  const folder = `${seriesRoot}${name}/`;
  const keyOf = (kind: 'plan' | 'commit', n: number): string => seriesKey(name, kind, n);
  const read = (n: number): Promise<Commit | undefined> =>
    readJson<Commit>(store, keyOf('commit', n)).then((stored) => stored?.value);

  const checkFollows = async (n: number): Promise<void> => {
    if (n === 0) return;
    const before = await read(n - 1);
    if (before === undefined)
      throw new PlayheadError('PH_COMMIT_CONFLICT', `series ${name} has no commit ${n - 1}, so ${n} cannot follow`, {
        details: { series: name, n },
      });
    if (settings.isLast?.(before) === true)
      throw new PlayheadError('PH_COMMIT_CONFLICT', `series ${name} was closed by its commit ${n - 1}`, {
        hint: 'Another process began a new epoch: start again from its series.',
        details: { series: name, n },
      });
  };
  const nextNumber = async (): Promise<number> => {
    const hint = (await readJson<Checkpoint>(store, `${folder}checkpoint.json`))?.value.next ?? 0;
    const has = async (n: number): Promise<boolean> => (await store.head(keyOf('commit', n))) !== undefined;
    return firstMissing(hint > 0 && !(await has(hint - 1)) ? 0 : hint, has);
  };

  return {
    name,
    read,
    readPlan: async (n) => (await readJson<Plan>(store, keyOf('plan', n)))?.value,
    head: async () => {
      const next = await nextNumber();
      const last = next === 0 ? undefined : await read(next - 1);
      const pendingPlan = (await readJson<Plan>(store, keyOf('plan', next)))?.value;
      return {
        next,
        ...(last === undefined ? {} : { last }),
        ...(pendingPlan === undefined ? {} : { pendingPlan }),
      };
    },
    plan: async (n, plan) => {
      await checkFollows(n);
      const { value, adopted } = await createOrAdopt(store, keyOf('plan', n), plan);
      return { plan: value, adopted };
    },
    commit: async (n, commit) => {
      await checkFollows(n);
      const { value, adopted } = await createOrAdopt(store, keyOf('commit', n), commit);
      if ((n + 1) % checkpointEvery === 0) {
        await effects.reached('series.checkpoint');
        await store.put(`${folder}checkpoint.json`, encodeJson({ next: n + 1 } satisfies Checkpoint));
      }
      if ((n + 1) % packedTogether === 0) await packCommits(store, name, n + 1, effects);
      return { commit: value, adopted };
    },
    commits: async function* (from, to) {
      for (let n = from; to === undefined || n < to; n += 1) {
        const commit = await read(n);
        if (commit === undefined) return;
        yield { n, commit };
      }
    },
  };
}

interface Checkpoint {
  readonly next: number;
}

/** Names of all series in the lake, in byte order. */
export async function* seriesNames(store: ObjectStore): AsyncGenerator<string> {
  let startAfter: string | undefined;
  do {
    const page = await store.list(seriesRoot, { delimiter: '/', ...(startAfter === undefined ? {} : { startAfter }) });
    for (const prefix of page.prefixes) yield prefix.slice(seriesRoot.length, -1);
    startAfter = page.next;
  } while (startAfter !== undefined);
}

/** What is stored of a series: numbers of its plans, and of its commits with their etags, in order. A gap is a removed commit. */
export interface StoredNumbers {
  readonly plans: ReadonlySet<number>;
  readonly commits: ReadonlyMap<number, string>;
}

/** Lists a series instead of trusting that it has no gaps, as `head` and `commits` do. */
export async function storedNumbers(store: ObjectStore, name: string): Promise<StoredNumbers> {
  checkSeriesName(name);
  const plans = new Set<number>();
  const commits = new Map<number, string>();
  for await (const { key, etag } of listAll(store, `${seriesRoot}${name}/`)) {
    const match = /\/(plan|commit)\/(\d+)\.json$/.exec(key);
    if (match?.[1] === 'plan') plans.add(Number(match[2]));
    else if (match?.[1] === 'commit') commits.set(Number(match[2]), etag);
  }
  return { plans, commits };
}

/** The first number from `from` on that `has` denies, when all below it are there: doubling steps, then halving. */
async function firstMissing(from: number, has: (n: number) => Promise<boolean>): Promise<number> {
  if (!(await has(from))) return from;
  let there = from;
  let step = 1;
  while (await has(there + step)) {
    there += step;
    step *= 2;
  }
  let missing = there + step;
  while (missing - there > 1) {
    const middle = Math.floor((there + missing) / 2);
    if (await has(middle)) there = middle;
    else missing = middle;
  }
  return missing;
}
