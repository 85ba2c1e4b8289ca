import { readSync, writeSync } from 'node:fs';
import type { Effects } from '../../base/effects.ts';
import { systemCode } from '../../lake/storage-error.ts';
import { type FaultPlan, faultPlanVariable } from './fault-plan.ts';
import { faultyEffects } from './faulty-effects.ts';
import type { Parent } from './parent.ts';
import { wordsFd } from './struck-child.ts';

/** The other end of `runStruck`: this process's effects with the faults that its environment holds. */
export function struckEffects(effects: Effects): Effects {
  // `as`: the parent wrote it.
  const plan = JSON.parse(effects.env[faultPlanVariable] ?? '{}') as FaultPlan;
  return faultyEffects(plan, effects, parentOverPipes);
}

const parentOverPipes: Parent = {
  say: (line) => {
    writeSync(wordsFd, `${line}\n`);
  },
  awaitWord: () => {
    while (!hasWord()) pause(5);
  },
  die: () => {
    process.kill(process.pid, 'SIGKILL');
    // The signal is on its way: nothing may happen before it comes.
    for (;;) pause(1000);
  },
};

/** Reads what lets the process go on, where there is any: a pipe that was looked at as `process.stdin` does not block. */
function hasWord(): boolean {
  try {
    readSync(0, Buffer.alloc(1));
    return true;
  } catch (error) {
    if (systemCode(error) === 'EAGAIN') return false;
    throw error;
  }
}

/** Nothing of this process goes on meanwhile. */
function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
