import { formatDuration, minutes } from '../../base/units.ts';
import type { Run } from '../../orchestrate/runs.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { type Found, faulty, type Warning } from '../link.ts';

/** How far back is looked for a run that tells. */
const lookedThrough = 20;

/** A run that takes so many times as long as the last one that succeeded, and no less than this, may hang. */
const usualTimes = 10;
const leastLongMs = minutes(5);

/** What runs say of what they ran. */
export interface TellingRun {
  /** The one at work, else the last; not one that only found another at work, and left it to that one. */
  readonly run?: Run;
  readonly isAtWork: boolean;
  /** Where it failed: then it is what stops the flow. */
  readonly fault?: Found;
  readonly warnings: readonly Warning[];
}

export async function tellingRun({ runs, effects }: Engine, address: string): Promise<TellingRun> {
  const recent = (await runs()).recent({ address, limit: lookedThrough });
  const run =
    recent.find(({ outcome }) => outcome === 'running') ?? recent.find(({ error }) => error?.code !== 'PH_LEASE_HELD');
  if (run === undefined) return { isAtWork: false, warnings: [] };
  const isAtWork = run.outcome === 'running';
  const fault = run.outcome === 'failed' || run.outcome === 'lost' ? failed(run) : undefined;
  const warnings = isAtWork ? longRun(run, recent, effects.clock.now()) : [];
  return { run, isAtWork, warnings, ...(fault === undefined ? {} : { fault }) };
}

function failed({ address, outcome, error }: Run): Found {
  const why = error === undefined ? '' : `: ${error.message}`;
  return faulty(`last run ${outcome}${why}`, `playhead logs ${address}`);
}

function longRun(run: Run, recent: readonly Run[], nowMs: number): readonly Warning[] {
  const usualMs = recent.find(({ outcome }) => outcome === 'succeeded')?.durationMs;
  const sinceMs = nowMs - run.startedMs;
  if (usualMs === undefined || sinceMs < Math.max(leastLongMs, usualTimes * usualMs)) return [];
  const finding = `at work for ${formatDuration(sinceMs)}, where the run before took ${formatDuration(usualMs)}`;
  return [{ finding, remedy: `playhead logs ${run.address}` }];
}

/** `at work for 12 s`, `ran 2 min ago, in 3.10 s`; undefined where nothing ever ran. */
export function ranText({ run, isAtWork }: TellingRun, nowMs: number): string | undefined {
  if (run === undefined) return undefined;
  const ago = formatDuration(Math.max(0, nowMs - run.startedMs));
  if (isAtWork) return `at work for ${ago}`;
  const took = run.durationMs === undefined ? '' : `, in ${formatDuration(run.durationMs)}`;
  return `${run.outcome === 'interrupted' ? 'was interrupted' : 'ran'} ${ago} ago${took}`;
}
