import { formatCount } from '../base/units.ts';
import type { CheckDefinition, Severity } from './definition.ts';

/** What a check found in one run. */
export interface CheckOutcome {
  readonly check: string;
  readonly severity: Severity;
  /** `unknown`: there was nothing to judge by (no days before, a reference table without rows); never a silent pass. */
  readonly verdict: 'passed' | 'broken' | 'unknown';
  /** Rows, groups or partitions that broke it. */
  readonly broken: number;
  /** What of the first ones, in words: enough to recognize them by. */
  readonly samples: readonly string[];
  /** What was found, where a count does not say it: `DELAYED, 41 min behind`. */
  readonly found?: string;
  /** Partitions of the input that it kept out of the table, all their records set aside; what else was read went on. */
  readonly heldBack?: readonly string[];
}

/** What a judge says of one check of tables. */
export type Found = Pick<CheckOutcome, 'verdict' | 'broken' | 'samples' | 'found' | 'heldBack'>;

/** Samples of a check that a commit or a report keeps. */
export const mostSamples = 5;

/** One outcome a check, in the order in which they come: over several commits, the worst verdict and all counts. */
export function sumOutcomes(outcomes: readonly CheckOutcome[]): readonly CheckOutcome[] {
  const rank = { passed: 0, unknown: 1, broken: 2 } as const;
  const sums = new Map<string, CheckOutcome>();
  for (const outcome of outcomes) {
    const sum = sums.get(outcome.check);
    if (sum === undefined) sums.set(outcome.check, outcome);
    else {
      const worst = rank[outcome.verdict] >= rank[sum.verdict] ? outcome : sum;
      const samples = [...sum.samples, ...outcome.samples].slice(0, mostSamples);
      sums.set(outcome.check, { ...worst, broken: sum.broken + outcome.broken, samples });
    }
  }
  return [...sums.values()];
}

/** An outcome of a plan that is done again: its check only warns where that is so by now, or it is no check any more. */
export function asOfNow(
  outcome: CheckOutcome,
  checks: readonly Pick<CheckDefinition, 'name' | 'severity'>[],
): CheckOutcome {
  const severity = checks.find(({ name }) => name === outcome.check)?.severity ?? 'warn';
  return severity === 'warn' ? { ...outcome, severity } : outcome;
}

/** What of a broken check is said first: what it found, or how often it was broken. */
export function brokenText({ broken, found }: Pick<CheckOutcome, 'broken' | 'found'>): string {
  return found ?? `broken ${broken === 1 ? 'once' : `${formatCount(broken)} times`}`;
}

/** Whether it forbids to publish what was made. */
export function isBlocking({ verdict, severity, heldBack }: CheckOutcome): boolean {
  return verdict === 'broken' && severity === 'fail' && heldBack === undefined;
}
