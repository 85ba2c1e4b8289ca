/** How the commands stand in the help. */
export const commandGroups = {
  project: 'Projects:',
  data: 'Records in:',
  flow: 'Along the way:',
  answers: 'Answers:',
  accounts: 'How things stand:',
  other: 'More:',
} as const;

export type CommandGroup = keyof typeof commandGroups;

/** What the help, the parser and shell completion know of a command. */
export interface CommandDescription {
  readonly name: string;
  readonly group: CommandGroup;
  readonly summary: string;
  /**
   * It begins a home, or needs none; with `unnamed` it has definitions to show, but a home that was named has to be there. Every
   * other command refuses a home that is not there.
   */
  readonly worksWithoutHome?: true | 'unnamed';
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
    | 'lifecycle'
    | 'detector'
  )[];
  /** Commander's notation: `--file <file>`; with what it means. */
  readonly options?: readonly (readonly [flags: string, meaning: string])[];
  readonly examples: readonly (readonly [command: string, meaning: string])[];
}
