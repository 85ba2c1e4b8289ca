import type { Effects } from '../base/effects.ts';
import { type ErrorCode, isPlayheadError } from '../base/errors.ts';
import { formatDuration, minutes, seconds } from '../base/units.ts';

/** Failures of what is outside, which may pass by themselves. */
const passing: readonly ErrorCode[] = ['PH_STORAGE_FAILED', 'PH_STORAGE_FULL', 'PH_STREAM_FAILED'];

const longestPauseMs = seconds(30);
/** Work that went on for so long had got over what failed before. */
const steadyMs = minutes(1);
/** Pauses of 1, 2, 4, 8, 16 and then 30 s: about ten minutes. */
const pausesInARow = 24;

/** How long work that has begun well bears with a store or a log that fails: an outage of some minutes needs nobody. */
export class Patience {
  readonly #effects: Effects;
  #pauses = 0;

  constructor(effects: Effects) {
    this.#effects = effects;
  }

  /** Pauses after work that failed so long after it began. Throws `cause` where waiting will not help, or has not. */
  async pause(cause: unknown, lastedMs: number, signal: AbortSignal): Promise<void> {
    if (lastedMs >= steadyMs) this.#pauses = 0;
    const mayPass = isPlayheadError(cause) && passing.includes(cause.code);
    if (!mayPass || this.#pauses >= pausesInARow || signal.aborted) throw cause;
    const pauseMs = Math.min(longestPauseMs, seconds(2 ** this.#pauses));
    this.#pauses += 1;
    this.#effects.log.log('warn', `${cause.message}; begins again in ${formatDuration(pauseMs)}`);
    await this.#effects.clock.sleep(pauseMs, signal).catch(() => {
      throw cause;
    });
  }
}
