import type { Effects } from '../base/effects.ts';
import type { Output } from './output.ts';

/** What a call of the command line reaches of the world around it; tests give their own. */
export interface Host {
  readonly version: string;
  /**
   * What a person types in that directory to call the command line again: `playhead`, or the launcher of a checkout; for `home`
   * in place of this call's.
   */
  calledAs(directory: string, home?: string): string;
  readonly workingDirectory: string;
  /** Aborts on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Ends at the signal, too. */
  readonly input: AsyncIterable<Uint8Array>;
  /** A person types the input: nothing comes by itself. */
  readonly inputIsTerminal: boolean;
  /** `colour`: unless `--no-color` was given. */
  output(colour: boolean): Output;
  effects(log: Effects['log']): Effects;
}
