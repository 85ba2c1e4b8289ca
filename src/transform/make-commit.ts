import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { balances, type InputAccount, type JobCommit, type JobPlan, type RowCounts, sumOf } from './job-plan.ts';
import type { PublishedPartition } from './publish-partitions.ts';
import type { Staging } from './stage.ts';

/** What a plan came to. PH_DOES_NOT_ADD_UP where the partitions hold other than what the input objects gave. */
export function commitOf(
  plan: JobPlan,
  staging: Staging,
  published: readonly PublishedPartition[],
  rejected: ReadonlyMap<string, number>,
  quarantine: string | undefined,
  positions: JobCommit['positions'],
  effects: Effects,
): JobCommit {
  const inputs = inputAccounts(staging, published, rejected);
  const total = sumOf(inputs);
  const superseded = published.reduce((sum, { account }) => sum + account.superseded, 0);
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
    format: 1,
    job: plan.job,
    committedAtMs: effects.clock.now(),
    positions: { ...positions, ...Object.fromEntries(plan.consumed.map(({ series, to }) => [series, to])) },
    objects: published.map(({ object }) => object),
    ...(quarantine === undefined ? {} : { quarantine }),
    inputs,
    partitions: published.map(({ account }) => account),
    total: { ...total, superseded },
  };
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
