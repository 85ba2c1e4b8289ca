import { formatDuration } from '../base/units.ts';
import { cutToWidth } from '../query/display-width.ts';
import type { Output } from './output.ts';

/** Shows how long work goes, on standard error: one line drawn over on a terminal, a line now and then elsewhere. */
export interface Progress {
  /** What is being done; replaces what was shown. */
  update(text: string): void;
  /** Takes the line away, or leaves this in its place. */
  end(text?: string): void;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const redrawMs = 100;
/** Room for the spinner and `59 min 59 s`. */
const elapsedWidth = 16;
/** Work that ends before this leaves no trace; elsewhere than on a terminal, lines are at least so far apart. */
const sparseMs = 5000;

/** `quiet` (for `--json`): nothing is shown. */
export function startProgress(output: Output, quiet: boolean, now: () => number): Progress {
  if (quiet) return { update: () => {}, end: () => {} };
  return output.live ? drawnProgress(output, now) : sparseProgress(output, now);
}

function drawnProgress(output: Output, now: () => number): Progress {
  const started = now();
  let text = '';
  let frame = 0;
  const draw = (): void => {
    const spinner = output.errStyle.cyan(frames[frame % frames.length] ?? '');
    const elapsed = output.errStyle.dim(formatDuration(now() - started));
    // A line that wraps could not be drawn over.
    output.draw(`${spinner} ${cutToWidth(text, output.columns - elapsedWidth)} ${elapsed}`);
    frame += 1;
  };
  const timer = setInterval(draw, redrawMs);
  timer.unref();
  return {
    update: (next) => {
      text = next;
    },
    end: (last) => {
      clearInterval(timer);
      output.draw('');
      if (last !== undefined) output.err(`${last}\n`);
    },
  };
}

function sparseProgress(output: Output, now: () => number): Progress {
  let shownAt = now();
  return {
    update: (text) => {
      if (now() - shownAt < sparseMs) return;
      shownAt = now();
      output.err(`${text}\n`);
    },
    end: (last) => {
      if (last !== undefined) output.err(`${last}\n`);
    },
  };
}
