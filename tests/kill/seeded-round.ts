import { seededRandom } from '../../src/base/random.ts';
import type { StrikeSignal } from './child-orders.ts';
import { curationSteps, deliverySteps, type KillStep, writerSteps } from './kill-steps.ts';
import type { Strike } from './rounds.ts';

/** Where a round strikes: at named steps in turn, or at moments drawn while the process is at work. */
export type Targets = 'steps' | 'moments';

/** Of a moment, after the process began to work: the shortest works take hardly longer. */
const mostMs = 80;

/**
 * The strikes of the round of a seed: one at a process that writes the log, one at a delivery or a curation. Rounds in a row
 * take the steps in turn, each time through all of them with the other signal: twenty rounds strike each step, forty each
 * step both ways.
 */
export function seededRound(seed: number, targets: Targets): readonly Strike[] {
  const random = seededRandom(seed);
  const turns = [
    { steps: writerSteps, turn: seed },
    { steps: seed % 2 === 0 ? deliverySteps : curationSteps, turn: Math.floor(seed / 2) },
  ];
  return turns.flatMap(({ steps, turn }) => {
    const target = steps[turn % steps.length];
    if (target === undefined) return [];
    const signal: StrikeSignal = Math.floor(turn / steps.length) % 2 === 0 ? 'SIGKILL' : 'SIGSTOP';
    const lease = random.uint32() % 2 === 0 ? { leaseTtlMs: 20 } : {};
    const nth = targets === 'steps' ? 1 + (random.uint32() % target.reaches) : random.uint32() % mostMs;
    return [{ ...strikeOf(target, targets), nth, signal, ...lease }];
  });
}

function strikeOf({ work, step, lanes }: KillStep, targets: Targets): Pick<Strike, 'work' | 'step' | 'lanes'> {
  return { work, step: targets === 'steps' ? step : 'moment', ...(lanes === undefined ? {} : { lanes }) };
}
