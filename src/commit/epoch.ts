import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { createOrAdopt, readJson } from './json-object.ts';
import type { CommitSeries } from './series.ts';

/** The epochs of every owner. */
export const epochRoot = '_playhead/epochs/';

/**
 * A generation of an owner's series: how many lanes it has (partition subsets, one writer and one series each). Lanes
 * change only from one epoch to the next.
 */
export interface Epoch {
  /** From 0. */
  readonly number: number;
  readonly lanes: number;
}

/** Name of the series of a lane: `acme.firehose.e0.l0`. */
export function laneSeries(owner: string, epoch: number, lane: number): string {
  return `${owner}.e${epoch}.l${lane}`;
}

/** The newest epoch of an owner, undefined before its first. */
export async function currentEpoch(store: ObjectStore, owner: string): Promise<Epoch | undefined> {
  return (await allEpochs(store, owner)).at(-1);
}

/** Every epoch of an owner from `first` on, oldest first. */
export async function allEpochs(store: ObjectStore, owner: string, first = 0): Promise<readonly Epoch[]> {
  const epochs: Epoch[] = [];
  for (let number = first; ; number += 1) {
    const stored = await readJson<Epoch>(store, epochKey(owner, number));
    if (stored === undefined) return epochs;
    epochs.push(stored.value);
  }
}

/** Whether an owner's epoch of that number has begun: one look, however many came before. */
export async function hasEpoch(store: ObjectStore, owner: string, number: number): Promise<boolean> {
  return (await store.head(epochKey(owner, number))) !== undefined;
}

/**
 * Begins epoch `next.number`, or returns the one that another process began with that number. All series of the epoch
 * before must be closed first (`closeSeries`), so that their last commits are final: PH_COMMIT_CONFLICT otherwise.
 */
export async function beginEpoch(
  store: ObjectStore,
  owner: string,
  next: Epoch,
  isClosed: (series: string) => Promise<boolean>,
): Promise<Epoch> {
  const before = await currentEpoch(store, owner);
  const follows = before === undefined ? 0 : before.number + 1;
  if (next.number > follows) throw open(owner, `epoch ${next.number} cannot follow ${follows - 1}`);
  if (before !== undefined && next.number === follows) {
    for (let lane = 0; lane < before.lanes; lane += 1) {
      const series = laneSeries(owner, before.number, lane);
      if (!(await isClosed(series))) throw open(owner, `series ${series} is not closed yet`);
    }
  }
  return (await createOrAdopt(store, epochKey(owner, next.number), next)).value;
}

/** How a series is made final. */
export interface Closing<Commit> {
  readonly isClose: (commit: Commit) => boolean;
  /** Made from the last commit. */
  readonly close: (last: Commit | undefined) => Commit;
  /**
   * Redoes the plan that has no commit yet, so that its objects are not there for nothing. A plan that is there after it all the
   * same is closed over.
   */
  readonly settle: () => Promise<void>;
}

/**
 * Makes a series final: writes `close` as its next commit. A writer that stalled, with a
 * plan written and objects put, then finds that its number is taken, adopts the close, and can commit nothing more.
 * Returns the last commit. Idempotent; of two that close, one decides.
 */
export async function closeSeries<Plan, Commit>(
  series: CommitSeries<Plan, Commit>,
  { isClose, close, settle }: Closing<Commit>,
  effects: Effects,
): Promise<{ n: number; commit: Commit }> {
  let settled: number | undefined;
  for (;;) {
    const { next, last, pendingPlan } = await series.head();
    if (last !== undefined && isClose(last)) return { n: next - 1, commit: last };
    if (pendingPlan !== undefined && settled !== next) {
      settled = next;
      await settle();
      continue;
    }
    await effects.reached('series.closing');
    const { commit } = await series.commit(next, close(last));
    if (isClose(commit)) return { n: next, commit };
  }
}

function epochKey(owner: string, number: number): string {
  return `${epochRoot}${owner}/${String(number).padStart(6, '0')}.json`;
}

function open(owner: string, why: string): PlayheadError {
  return new PlayheadError('PH_COMMIT_CONFLICT', `${owner}: ${why}`, { details: { owner } });
}
