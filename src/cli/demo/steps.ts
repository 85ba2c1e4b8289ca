import { formatDuration } from '../../base/units.ts';
import type { Context } from '../context.ts';

/** Shows work as it goes: one line a step, with what came of it and how long it took. */
export interface Steps {
  /** Runs a step; `work` returns what came of it, and may tell how far it is. */
  run<T>(
    title: string,
    work: (update: (how: string) => void) => Promise<T>,
    outcome: (result: T) => string,
  ): Promise<T>;
  /** Time since the demo began, ms. */
  elapsedMs(): number;
}

const titleWidth = 30;

export function startSteps(context: Context): Steps {
  const { output, effects, json } = context;
  const started = effects.clock.monotonicMs();
  const elapsedMs = (): number => effects.clock.monotonicMs() - started;
  return {
    elapsedMs,
    run: async (title, work, outcome) => {
      context.signal.throwIfAborted();
      const progress = context.progress();
      const begun = elapsedMs();
      progress.update(title);
      try {
        const result = await work((how) => progress.update(`${title}  ${how}`));
        const took = output.errStyle.dim(formatDuration(elapsedMs() - begun));
        progress.end(
          json ? undefined : `${output.errStyle.green('✓')} ${title.padEnd(titleWidth)}${outcome(result)}  ${took}`,
        );
        return result;
      } catch (error) {
        progress.end();
        throw error;
      }
    },
  };
}

/** Says what is going to be shown, and where it will lie. */
export function showHeading(name: string, dayMs: number, context: Context): void {
  if (context.json) return;
  const { bold, dim } = context.output.errStyle;
  const day = new Date(dayMs).toISOString().slice(0, 10);
  const lines = [
    '',
    `${bold(`${name}: ${day} through a whole pipeline`)}`,
    dim('simulated sessions → stream → delivery → lake → catalog → curated table → SQL'),
    dim(`its home is ${context.home}`),
    '',
  ];
  context.output.err(`${lines.join('\n')}\n`);
}
