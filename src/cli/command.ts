import type { Context } from './context.ts';
import type { Invocation } from './invocation.ts';

/** How the commands stand in the help. */
export const commandGroups = {
  project: 'Projects:',
  data: 'Records in:',
  flow: 'Along the way:',
  answers: 'Answers:',
  other: 'More:',
} as const;

export type CommandGroup = keyof typeof commandGroups;

/** What the help, the parser and shell completion know of a command; its code is loaded when it is run. */
export interface CommandSpec {
  readonly name: string;
  readonly group: CommandGroup;
  readonly summary: string;
  /** Commander's notation: `<stream>` must be given, `[delivery]` may be. */
  readonly arguments?: string;
  /** Kinds whose addresses complete the argument. */
  readonly completes?: readonly (
    | 'stream'
    | 'source'
    | 'delivery'
    | 'crawler'
    | 'job'
    | 'query'
    | 'pipeline'
    | 'metric'
    | 'alarm'
  )[];
  /** Commander's notation: `--file <file>`; with what it means. */
  readonly options?: readonly (readonly [flags: string, meaning: string])[];
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  readonly load: () => Promise<{ readonly command: Command }>;
}

/** Does the work. Resolves with what `--json` prints (nothing where the command streams its own output). */
export type Command = (invocation: Invocation, context: Context) => Promise<CommandResult>;

export interface CommandResult {
  /** For `--json`. */
  readonly data?: unknown;
  /** For people; printed unless `--json` is given. */
  readonly text?: string;
  /** Where the work was done, but its result is bad (an account that doesn't add up). */
  readonly exitCode?: number;
}
