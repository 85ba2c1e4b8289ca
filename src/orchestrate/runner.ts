import type { Effects, Logger } from '../base/effects.ts';
import { isPlayheadError, PlayheadError } from '../base/errors.ts';
import type { RunData, RunError, RunKind, RunStore } from './runs.ts';

/** Something to run, found by its address. */
export interface RunRequest {
  readonly address: string;
  readonly kind: RunKind;
  /** `command`, or the address of the schedule, or of the job that it follows. */
  readonly trigger: string;
  readonly arguments: RunData;
}

/** How far a run is, for whoever watches. */
export interface RunProgress {
  readonly records: number;
  /** From 0 to 1, where the end is known. */
  readonly share?: number;
}

export interface RunContext {
  readonly signal: AbortSignal;
  /** Writes lines to the run. */
  readonly log: Logger;
  progress(progress: RunProgress): void;
}

/** Does the work of one kind and says, as plain JSON, what it did. */
export type RunHandler = (request: RunRequest, context: RunContext) => Promise<RunData>;

export type RunHandlers = Readonly<Record<RunKind, RunHandler>>;

/** Runs a target and resolves with its output; a failure is recorded, then thrown. */
export type Runner = (
  request: RunRequest,
  signal: AbortSignal,
  onProgress?: (progress: RunProgress) => void,
) => Promise<RunData>;

/** Every run, whoever starts it, goes through here, so that each leaves its record: input, output, duration, outcome, log. */
export function createRunner(runs: RunStore, handlers: RunHandlers, effects: Effects): Runner {
  return async (request, signal, onProgress = () => {}) => {
    const { address, kind, trigger, arguments: input } = request;
    const run = runs.start({ address, kind, trigger, input });
    const started = effects.clock.monotonicMs();
    const durationMs = (): number => effects.clock.monotonicMs() - started;
    const log: Logger = {
      log: (level, message, fields) => {
        runs.log(run, level, message, fields);
        effects.log.log(level, message, { address, ...fields });
      },
    };
    try {
      const output = await handlers[kind](request, { signal, log, progress: onProgress });
      runs.finish(run, { outcome: 'succeeded', durationMs: durationMs(), output });
      return output;
    } catch (cause) {
      const error = signal.aborted && !isPlayheadError(cause) ? interrupted(address, cause) : cause;
      const outcome = isPlayheadError(error, 'PH_INTERRUPTED') ? 'interrupted' : 'failed';
      const record = runError(error);
      runs.log(run, outcome === 'failed' ? 'error' : 'info', record.message, { code: record.code });
      runs.finish(run, { outcome, durationMs: durationMs(), error: record });
      throw error;
    }
  };
}

function interrupted(address: string, cause: unknown): PlayheadError {
  return new PlayheadError('PH_INTERRUPTED', `${address} was interrupted`, { cause });
}

/** What the record of a run says of its failure. */
export function runError(error: unknown): RunError {
  if (isPlayheadError(error)) {
    return { code: error.code, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) };
  }
  return { code: 'PH_INTERNAL', message: error instanceof Error ? error.message : String(error) };
}
