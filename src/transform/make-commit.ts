import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import type { InputProgress } from './job-plan.ts';
import {
  balances,
  type InputAccount,
  type JobCommit,
  type JobPlan,
  jobFormat,
  type NamedObject,
  type RowCounts,
  sumOf,
} from './job-plan.ts';
import type { PublishedPartition } from './publish-partitions.ts';
import type { RewrittenHolders } from './replay-object.ts';
import type { Staging } from './staging.ts';

/** What stands in the lake for a plan, before its commit names it. */
export interface PlanOutcome {
  readonly published: readonly PublishedPartition[];
  /** Rejected rows by input file. */
  readonly rejected: ReadonlyMap<string, number>;
  readonly quarantine: NamedObject | undefined;
  readonly rejectedSidecar: NamedObject | undefined;
  readonly rewritten: RewrittenHolders;
  readonly progress: InputProgress;
}

/** What a plan came to. PH_DOES_NOT_ADD_UP where the partitions hold other than what the input objects gave. */
export function commitOf(
  plan: JobPlan,
  staging: Staging,
  { published, rejected, quarantine, rejectedSidecar, rewritten, progress }: PlanOutcome,
  effects: Effects,
): JobCommit {
  const read = inputAccounts(staging, published, rejected);
  const inputs = plan.replay === undefined ? read : replayAccounts(read);
  const total = sumOf(inputs);
  const superseded = published.reduce((sum, { account }) => sum + account.superseded, 0);
  const replaced = published.reduce((sum, { account }) => sum + (account.replaced ?? 0), 0);
  const written = published.reduce((sum, { account }) => sum + account.written, 0);
  if (written !== total.written || !balances(total))
    throw new PlayheadError(
      'PH_DOES_NOT_ADD_UP',
      `job ${plan.job}: ${total.written} rows were due in partitions, ${written} are there`,
      {
        details: { job: plan.job, ...total, found: written },
      },
    );
  return {
    format: jobFormat,
    job: plan.job,
    committedAtMs: effects.clock.now(),
    ...progress,
    objects: published.flatMap(({ object }) => object ?? []),
    sidecars: [
      ...published.map(({ sidecar }) => sidecar),
      ...(rejectedSidecar === undefined ? [] : [rejectedSidecar]),
      ...rewritten.rejected,
    ],
    ...(quarantine === undefined ? {} : { quarantine }),
    ...(plan.replay === undefined ? {} : { replayed: staging.chunks.flat().length }),
    ...(rewritten.quarantine.length === 0 ? {} : { rewritten: rewritten.quarantine }),
    inputs,
    partitions: published.map(({ account }) => account),
    total: { ...total, superseded, ...(replaced === 0 ? {} : { replaced }) },
    ...(plan.checks === undefined ? {} : { checks: plan.checks }),
  };
}

/** A replay reads nothing anew: what it took out of quarantine is written or dropped, or there again. One line an object. */
function replayAccounts(lines: readonly InputAccount[]): readonly InputAccount[] {
  const sums = new Map<string, InputAccount>();
  for (const { key, series, commit, read, written, quarantined, deduplicated } of lines) {
    const sum = sums.get(key);
    sums.set(key, {
      key,
      series,
      commit,
      read: 0,
      written: (sum?.written ?? 0) + written,
      quarantined: (sum?.quarantined ?? 0) + quarantined - read,
      deduplicated: (sum?.deduplicated ?? 0) + deduplicated,
    });
  }
  return [...sums.values()];
}

function inputAccounts(
  staging: Staging,
  published: readonly PublishedPartition[],
  rejected: ReadonlyMap<string, number>,
): readonly InputAccount[] {
  const lost = new Map<string, { same: number; other: number }>();
  for (const line of published.flatMap((partition) => partition.lost)) {
    const sum = lost.get(line.file) ?? { same: 0, other: 0 };
    if (line.same) sum.same += line.rows;
    else sum.other += line.rows;
    lost.set(line.file, sum);
  }
  return staging.chunks.flat().map(({ key, path, series, commit, rows }) => {
    const { same, other } = lost.get(path) ?? { same: 0, other: 0 };
    const counts: RowCounts = {
      read: rows,
      quarantined: (rejected.get(path) ?? 0) + other,
      deduplicated: same,
      written: rows - (rejected.get(path) ?? 0) - other - same,
    };
    return { key, series, commit, ...counts };
  });
}
