import { type CommandDescription, type CommandGroup, commandGroups } from './command-description.ts';
import { foldedWords } from './fold.ts';

/** Options that stand before or after any command. */
export const globalOptions = [
  ['--home <dir>', 'where state and lake are (default: PLAYHEAD_HOME, else .playhead)'],
  ['--profile <name>', 'backends: embedded, or a profile of playhead.config.ts'],
  ['--json', 'results and errors as JSON'],
  ['--no-color', 'no colours'],
] as const;

/** Columns of help, as every terminal has them. */
export const helpWidth = 80;

/** The first page: every command with one line, in groups, on 80 columns at most. */
export function overview(commands: readonly CommandDescription[]): string {
  const term = ({ name, arguments: args }: CommandDescription): string =>
    args === undefined ? name : `${name} ${args}`;
  const width = Math.max(...commands.map((spec) => term(spec).length), ...globalOptions.map(([flags]) => flags.length));
  const indent = ' '.repeat(width + 4);
  const line = (left: string, right: string): string =>
    `  ${left.padEnd(width)}  ${foldedWords(right, helpWidth - indent.length).join(`\n${indent}`)}`;
  const groups = (Object.keys(commandGroups) as CommandGroup[]).flatMap((group) => [
    commandGroups[group],
    ...commands.filter((spec) => spec.group === group).map((spec) => line(term(spec), spec.summary)),
    '',
  ]);
  return [
    'playhead: a media-streaming lakehouse in which every record is accounted for',
    '',
    'Usage: playhead <command> [arguments] [options]',
    '',
    ...groups,
    'With every command:',
    ...globalOptions.map(([flags, meaning]) => line(flags, meaning)),
    line('-h, --help', 'help about a command, with examples'),
    line('-V, --version', 'the version'),
    '',
    'An address is pipeline.name, or the name alone where it is unique.',
    'Start with: playhead demo',
    '',
  ].join('\n');
}
