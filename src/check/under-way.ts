import { laneSeries } from '../commit/epoch.ts';
import { openSeries, type StoredNumbers, storedNumbers } from '../commit/series.ts';
import { openDeliverySeries } from '../delivery/lanes.ts';
import { parseObjectName } from '../delivery/object-name.ts';
import type { Engine } from '../pipeline/engine/bind.ts';
import type { PagePlan, RestCommit } from '../source/rest/series.ts';
import { keysPlanned } from '../transform/versions-planned.ts';

/** How far an account has looked into series of commits. */
export interface CommitsSeen {
  /** Whether it has read that commit. */
  isRead(series: string, commit: number): boolean;
  /** Whether it says besides that the commit is gone, though nothing of its plan is left either. */
  isGone?(series: string, commit: number): boolean;
}

/**
 * The rule of what is under way: a plan that has no commit, or one that the account has not read. It is worked on, or was while the
 * account was drawn up. What a commit put that is gone is no finding of its own.
 */
function isUnderWay({ plans, commits }: StoredNumbers, series: string, n: number, seen: CommitsSeen): boolean {
  if (commits.has(n)) return !seen.isRead(series, n);
  return plans.has(n) || seen.isGone?.(series, n) === true;
}

/** Tells of an object's key whether a plan puts it that is under way. Each series is listed once, however many are asked for. */
export type Awaiting = (key: string) => Promise<boolean>;

/** A delivery's objects say in their names which plan they are of, and of which history of it. */
export async function awaitedOfDelivery(engine: Engine, delivery: string, seen: CommitsSeen): Promise<Awaiting> {
  const lake = await engine.lake();
  const stored = once((series) => storedNumbers(lake, series));
  return async (key) => {
    const made = parseObjectName(key.slice(key.lastIndexOf('/') + 1), delivery);
    if (made === undefined) return false;
    const series = laneSeries(delivery, made.epoch, made.lane);
    if (!isUnderWay(await stored(series), series, made.plan, seen)) return false;
    const plan = await openDeliverySeries(lake, series, engine.effects).readPlan(made.plan);
    return plan === undefined || plan.seed >>> 0 === made.seed;
  };
}

/** A job's plans name their objects. */
export async function awaitedOfJob(engine: Engine, job: string, seen: CommitsSeen): Promise<Awaiting> {
  const lake = await engine.lake();
  const planned = once(async () => {
    const stored = await storedNumbers(lake, job);
    const pending = [...stored.plans].filter((n) => isUnderWay(stored, job, n, seen));
    return new Set(await keysPlanned(lake, job, pending, engine.effects));
  });
  return async (key) => (await planned(job)).has(key);
}

/** A source plans one page at a time. `next`: the first of its commits that the account has not read. */
export async function awaitedOfSource(engine: Engine, source: string, next: number): Promise<Awaiting> {
  const plan = await openSeries<PagePlan, RestCommit>(await engine.lake(), source, engine.effects).readPlan(next);
  return async (key) => key === plan?.key;
}

function once<T>(ask: (of: string) => Promise<T>): (of: string) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (of) => {
    const asked = known.get(of) ?? ask(of);
    known.set(of, asked);
    return asked;
  };
}
