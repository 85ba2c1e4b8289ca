import type { CommandDescription } from './command-description.ts';
import type { Context } from './context.ts';
import type { Invocation } from './invocation.ts';

/** A command; its code is loaded when it is run. */
export interface CommandSpec extends CommandDescription {
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** As its group lists it. */
export type GroupedCommand = Omit<CommandSpec, 'group'>;

/** Does the work. Resolves with what `--json` prints (nothing where the command streams its own output). */
export type Command = (invocation: Invocation, context: Context) => Promise<CommandResult>;

export interface CommandResult {
  /** For `--json`. */
  readonly data?: unknown;
  /** For people; printed unless `--json` is given. */
  readonly text?: string;
  /** The text is to be taken as it is, by a program or into a file: none of its lines is folded. */
  readonly isVerbatim?: true;
  /** Where the work was done, but its result is bad (an account that doesn't add up). */
  readonly exitCode?: number;
}
