import { counted } from '../base/units.ts';
import type { CheckOutcome } from '../quality/outcome.ts';
import type { Style } from './output.ts';

/**
 * Checks that had nothing to judge by in any run of a call: a volume without days before. No fault, so it is said once,
 * at the end, and not in the midst of the work.
 */
export class UnjudgedChecks {
  readonly #judged = new Set<string>();
  /** By `job check`: the check. */
  readonly #open = new Map<string, string>();

  /** What the checks of one run of a job said. */
  add(job: string, outcomes: readonly CheckOutcome[]): void {
    for (const { check, verdict } of outcomes) {
      const key = `${job} ${check}`;
      if (verdict === 'unknown') this.#open.set(key, check);
      else this.#judged.add(key);
    }
  }

  /** A line where there are any: which they are. Why is in the runs' logs. */
  lines(style: Style): readonly string[] {
    const open = new Set([...this.#open].filter(([key]) => !this.#judged.has(key)).map(([, check]) => check));
    const verb = open.size === 1 ? 'has' : 'have';
    return open.size === 0
      ? []
      : [style.dim(`${counted(open.size, 'check')} ${verb} no history yet: ${[...open].join(', ')}`)];
  }
}
