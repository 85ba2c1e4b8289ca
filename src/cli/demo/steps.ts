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

/** `2025-08-11`, UTC. */
export function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

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

/** Says what is going to be shown, along which way, and where it will lie. */
export function showHeading(title: string, way: string, context: Context): void {
  if (context.json) return;
  const { bold, dim } = context.output.errStyle;
  const lines = ['', `${bold(title)}`, dim(way), dim(`its home is ${context.home}`), ''];
  context.output.err(`${lines.join('\n')}\n`);
}
