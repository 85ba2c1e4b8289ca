import type { Violation } from './invariants.ts';
import type { Act, RoundPlan } from './round-plan.ts';

/** What became of one act of a round. */
export interface ActOutcome extends Act {
  /** Where the process was struck: a step, `moment`, `storage`; undefined where it ended before. */
  readonly struckAt?: string;
  /** How its process ended: `succeeded`, `killed`, the code of its error; or what found the damage. */
  readonly ended: string;
}

export interface RoundReport extends Pick<RoundPlan, 'start'> {
  readonly round: number;
  readonly acts: readonly ActOutcome[];
  readonly violations: readonly Violation[];
  readonly elapsedMs: number;
  /** Where the home of a round with violations was kept. */
  readonly kept?: string;
}

export interface ChaosReport {
  readonly pipeline: string;
  readonly seed: number;
  /** Records of a round. */
  readonly records: number;
  readonly rounds: readonly RoundReport[];
  readonly passed: number;
  readonly failed: number;
}
