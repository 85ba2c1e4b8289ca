import { freeValues } from '../record/batch.ts';
import type { Slice } from './arrival-queue.ts';
import { type MadeFlush, makeFlush } from './make-flush.ts';
import type { PlanTools } from './plan-tools.ts';
import type { Window } from './window-planner.ts';

/** A window whose flush is being made while others are put. */
export interface MadeWindow extends Window {
  readonly made: Promise<MadeFlush>;
}

/** Makes the flush of each window that it is given: so many at once, in their order. */
export type MakeAhead = (window: Window) => MadeWindow;

/** Where the signal aborts, what was not begun rejects with its reason. */
export function makeAhead(tools: PlanTools, atOnce: number, signal: AbortSignal): MakeAhead {
  let free = atOnce;
  const waiting: (() => void)[] = [];
  const make = async (slices: readonly Slice[]): Promise<MadeFlush> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      signal.throwIfAborted();
      return await makeFlush(slices, tools);
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
  return (window) => {
    const made = make(window.slices);
    // Until its turn comes to be put, a failure is nobody's.
    made.catch(() => {});
    return { ...window, made };
  };
}

/**
 * Lets go of what was made and will not be put, or was; waits for what is being made. Windows come in order, so that a batch is
 * done with where its last record is.
 */
export async function discard(windows: readonly (Pick<Window, 'slices'> & Partial<MadeWindow>)[]): Promise<void> {
  for (const { made } of windows) {
    const flush = await made?.catch(() => undefined);
    await flush?.[Symbol.asyncDispose]();
  }
  for (const { batch, to } of windows.flatMap(({ slices }) => slices)) if (to === batch.count) freeValues(batch);
}
