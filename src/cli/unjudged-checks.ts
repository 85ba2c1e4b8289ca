import { counted } from '../base/units.ts';
import type { CheckOutcome } from '../quality/outcome.ts';
import type { Style } from './output.ts';

/**
 * Checks that had nothing to judge by in any run of a call: a volume without days before. No fault, so it is said once,
 * at the end, and not in the midst of the work.
 */
export class UnjudgedChecks {
  readonly #judged = new Set<string>();
  /** By `job check`: the check, and why it could not judge. */
  readonly #open = new Map<string, Pick<CheckOutcome, 'check' | 'found'>>();

  /** What the checks of one run of a job said. */
  add(job: string, outcomes: readonly CheckOutcome[]): void {
    for (const { check, verdict, found } of outcomes) {
      const key = `${job} ${check}`;
      if (verdict === 'unknown') this.#open.set(key, { check, ...(found === undefined ? {} : { found }) });
      else this.#judged.add(key);
    }
  }

  /** A line for each reason: which they are. */
  lines(style: Style): readonly string[] {
    const byReason = new Map<string, Set<string>>();
    for (const [key, { check, found = 'nothing to compare with' }] of this.#open)
      if (!this.#judged.has(key)) byReason.set(found, (byReason.get(found) ?? new Set()).add(check));
    return [...byReason].map(([reason, checks]) =>
      style.dim(`${counted(checks.size, 'check')} could not judge yet (${reason}): ${[...checks].join(', ')}`),
    );
  }
}
