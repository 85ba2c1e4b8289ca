import type { Clock, Effects } from '../../base/effects.ts';
import type { FaultPlan } from './fault-plan.ts';
import { faultyFiles } from './faulty-files.ts';
import type { Parent } from './parent.ts';

/** Effects that bring the faults of a plan. Production code has no switch for any of them. */
export function faultyEffects(plan: FaultPlan, effects: Effects, parent: Parent): Effects {
  const { strike, clock } = plan;
  let left = strike?.nth ?? 0;
  return {
    ...effects,
    clock: clock === undefined ? effects.clock : jumpingClock(effects.clock, clock),
    fs: faultyFiles(plan, effects, parent),
    reached: (step) => {
      if (strike === undefined || (strike.step !== 'any' && strike.step !== step)) return;
      left -= 1;
      if (left !== 0) return;
      parent.say(step);
      if (strike.signal === 'SIGKILL') parent.die();
      parent.awaitWord();
    },
  };
}

function jumpingClock(clock: Clock, { jumpMs, atReading }: NonNullable<FaultPlan['clock']>): Clock {
  let readings = 0;
  return {
    ...clock,
    now: () => {
      readings += 1;
      return clock.now() + (readings >= atReading ? jumpMs : 0);
    },
  };
}
