import { isPlayheadError, PlayheadError } from '../base/errors.ts';
import type { CommitSeries } from '../commit/series.ts';
import { brokenText, type CheckOutcome } from '../quality/outcome.ts';
import type { FailedOutput } from './failed-output.ts';
import type { JobCommit, JobPlan, RowCounts } from './job-plan.ts';

/** PH_CHECK_FAILED: which checks, how often, which first rows, where the rest is to be seen, and what helps. */
export function checkFailed(
  job: string,
  blocking: readonly CheckOutcome[],
  kept: FailedOutput,
  isAgain: boolean,
): PlayheadError {
  return new PlayheadError('PH_CHECK_FAILED', `job ${job}: nothing was published\n${brokenLines(blocking)}`, {
    hint: `What it made is kept until a run succeeds: \`playhead quarantine show ${job} --failed\`. ${isAgain ? againHint(kept) : 'Mend the data, the SQL or the check, then run the job again.'}`,
    details: { job, checks: blocking, kept: kept.objects, rows: kept.rows ?? null },
  });
}

function brokenLines(broken: readonly CheckOutcome[]): string {
  return broken
    .flatMap((outcome) => [`  ${outcome.check}: ${brokenText(outcome)}`, ...sampleLines(outcome)])
    .join('\n');
}

function sampleLines({ samples }: CheckOutcome): readonly string[] {
  return samples.map((sample) => `    ${sample}`);
}

/** PH_CHECK_FAILED of a run that committed: which partitions of its input it held back, why, and what helps. */
export function partsHeldBack(job: string, checks: readonly CheckOutcome[], figures: RowCounts): PlayheadError {
  const { read, written, quarantined, deduplicated } = figures;
  const partitions = partitionsOf(checks);
  const why = checks.map((outcome) => `${outcome.check}: ${brokenText(outcome)}`).join('; ');
  return new PlayheadError(
    'PH_CHECK_FAILED',
    [
      `job ${job} published nothing of ${partitions.join(', ')}: ${why}`,
      ...checks.flatMap(sampleLines),
      'what else it read was published',
    ].join('\n'),
    {
      hint: `All their records are set aside: \`playhead quarantine show ${job}\`. What comes for them later is judged by itself; or mend those and \`playhead quarantine replay ${job}\`.`,
      details: { job, checks, partitions, read, written, quarantined, deduplicated },
    },
  );
}

/** What an error that ended a run leaves unsaid: what the run had held back before. Where no check is why, the next run says it. */
export function besidesHeldBack(error: unknown, checks: readonly CheckOutcome[]): unknown {
  if (checks.length === 0 || !isPlayheadError(error, 'PH_CHECK_FAILED')) return error;
  const { message, hint, details } = error;
  const partitions = partitionsOf(checks);
  const said = `${message}\nbefore that, nothing of ${partitions.join(', ')} was published\n${brokenLines(checks)}`;
  return new PlayheadError('PH_CHECK_FAILED', said, {
    ...(hint === undefined ? {} : { hint }),
    details: { ...details, partitions },
    cause: error,
  });
}

/** The checks of commits that held back part of what they read. */
export function holdingChecks(commits: readonly Pick<JobCommit, 'checks'>[]): readonly CheckOutcome[] {
  return commits.flatMap(({ checks = [] }) => checks.filter(({ heldBack }) => heldBack !== undefined));
}

/** Those of the commits that were made since a time, the oldest first; none where there is no time. */
export async function holdingChecksSince(
  series: CommitSeries<JobPlan, JobCommit>,
  sinceMs: number | undefined,
): Promise<readonly CheckOutcome[]> {
  const found: JobCommit[] = [];
  if (sinceMs === undefined) return [];
  for (let n = (await series.head()).next - 1; n >= 0; n -= 1) {
    const commit = await series.read(n);
    if (commit === undefined || commit.committedAtMs < sinceMs) break;
    found.unshift(commit);
  }
  return holdingChecks(found);
}

function partitionsOf(checks: readonly CheckOutcome[]): readonly string[] {
  return [...new Set(checks.flatMap(({ heldBack = [] }) => heldBack))];
}

/** A plan is done again with the SQL and the data of then: to mend those helps the next one. */
function againHint({ commit }: FailedOutput): string {
  return [
    `It finished plan ${commit} of a run before it, with the SQL and the data of then, and got other rows than that run had checked:`,
    'an order that is left open, or sums of fractions.',
    "Run the job again, which may get rows that pass, or give the check the severity 'warn' until that plan is through.",
  ].join(' ');
}
