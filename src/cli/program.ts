import { Command as Commander, CommanderError } from 'commander';
import { isPlayheadError, PlayheadError } from '../base/errors.ts';
import { shellWord } from '../base/shell-word.ts';
import type { CommandResult, CommandSpec } from './command.ts';
import { commandTable } from './command-table.ts';
import { bigintText, renderFailure } from './failure.ts';
import { folded } from './fold.ts';
import { globalOptions, helpWidth, overview } from './help.ts';
import type { Host } from './host.ts';
import { invocation } from './invocation.ts';
import type { GlobalOptions } from './open-context.ts';
import type { Output } from './output.ts';
import { typeable } from './typeable.ts';

/** Runs one call of the command line and resolves with its exit code. */
export async function runProgram(words: readonly string[], host: Host): Promise<number> {
  let exitCode = 0;
  const output = host.output(!words.includes('--no-color'));
  const calledAs = host.calledAs(host.workingDirectory);
  const program = describeProgram(host.version, typed(output, calledAs), async (spec, positional, options, globals) => {
    exitCode = await runCommand(spec, positional, options, globals, host);
  });
  try {
    await program.parseAsync(words.length === 0 ? ['--help'] : [...words], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Commander has printed the help or the version that was asked for.
    if (error.exitCode === 0) return 0;
    return renderFailure(usageError(error, words), words.includes('--json'), output, calledAs);
  }
  return exitCode;
}

type Run = (
  spec: CommandSpec,
  positional: readonly (string | undefined)[],
  options: Readonly<Record<string, unknown>>,
  globals: GlobalOptions,
) => Promise<void>;

function describeProgram(version: string, output: Output, run: Run): Commander {
  const program = new Commander('playhead')
    .version(version, '-V, --version', 'print the version')
    .helpCommand(false)
    .configureHelp({ formatHelp: () => overview(commandTable) })
    .configureOutput(quiet(output))
    .exitOverride();
  for (const [flags, meaning] of globalOptions) program.option(flags, meaning);
  for (const spec of commandTable) program.addCommand(describeCommand(spec, output, run));
  return program;
}

/** Help shows commands as they can be typed here. */
function typed(output: Output, calledAs: string): Output {
  return { ...output, out: (text) => output.out(typeof text === 'string' ? typeable(text, calledAs) : text) };
}

/** Help goes out as any result does; what is wrong is shown by `renderFailure`. */
function quiet(output: Output): { writeOut: (text: string) => void; writeErr: () => void } {
  return { writeOut: (text) => void output.out(text), writeErr: () => {} };
}

function describeCommand(spec: CommandSpec, output: Output, run: Run): Commander {
  const command = new Commander(spec.name)
    .description(`${spec.summary}.`)
    .helpOption('-h, --help', 'print this')
    .configureHelp({ helpWidth })
    .configureOutput(quiet(output))
    .exitOverride();
  if (spec.arguments !== undefined) command.arguments(spec.arguments);
  for (const [flags, meaning] of spec.options ?? []) command.option(flags, meaning);
  const examples = spec.examples.flatMap(([example, meaning]) =>
    example.length + meaning.length + 4 > helpWidth
      ? [`  ${example}`, `      ${meaning}`]
      : [`  ${example}  ${meaning}`],
  );
  const others = `With every command: ${globalOptions.map(([flags]) => flags).join(', ')}`;
  command.addHelpText('after', ['', 'Examples:', ...examples, '', others].join('\n'));
  command.action(async () => {
    // Commander gives a variadic argument as a list within the list.
    const positional = command.processedArgs.flat() as (string | undefined)[];
    await run(spec, positional, command.opts(), command.optsWithGlobals());
  });
  return command;
}

async function runCommand(
  spec: CommandSpec,
  positional: readonly (string | undefined)[],
  options: Readonly<Record<string, unknown>>,
  globals: GlobalOptions,
  given: Host,
): Promise<number> {
  const host = calledWith(globals, given);
  const { openContext } = await import('./open-context.ts');
  const { assertBegunHome } = await import('./begun-home.ts');
  const { version } = host;
  const { context, close } = openContext(globals, commandTable, host, { spec, version, positional, options });
  const { json, output, signal } = context;
  const calledAs = host.calledAs(host.workingDirectory);
  let failure: string | undefined;
  const shown = (error: unknown): number => {
    const told = signal.aborted ? interruption(error) : error;
    failure ??= isPlayheadError(told) ? told.code : 'PH_INTERNAL';
    return renderFailure(told, json, output, calledAs);
  };
  let exitCode: number;
  try {
    await assertBegunHome(spec, globals, context.home, context.effects);
    const { command } = await spec.load();
    const result = await command(invocation(positional, options), context);
    await printResult(result, json, output);
    exitCode = result.exitCode ?? 0;
  } catch (error) {
    exitCode = shown(error);
  }
  try {
    await close(exitCode, failure);
  } catch (error) {
    // What the command itself failed with, if it did, is the cause to report first.
    exitCode = Math.max(exitCode, shown(error));
  }
  return exitCode;
}

/** What is said to be typed next is for the same backends, and here for the same home: another's would be read, or destroyed. */
function calledWith(globals: GlobalOptions, host: Host): Host {
  return {
    ...host,
    calledAs: (directory, home = directory === host.workingDirectory ? globals.home : undefined) =>
      [
        host.calledAs(directory),
        ...(globals.profile === undefined ? [] : [`--profile ${shellWord(globals.profile)}`]),
        ...(home === undefined ? [] : [`--home ${shellWord(home)}`]),
      ].join(' '),
  };
}

async function printResult({ data, text, isVerbatim }: CommandResult, json: boolean, output: Output): Promise<void> {
  if (json && data !== undefined) await output.out(`${JSON.stringify(data, bigintText)}\n`);
  if (json || text === undefined) return;
  const lines = isVerbatim === true ? text : folded(text, output.columns);
  await output.out(lines.endsWith('\n') ? lines : `${lines}\n`);
}

/** Commander's message in our words: `error: unknown option '--formt'\n(Did you mean --format?)`. */
function usageError({ message }: CommanderError, words: readonly string[]): PlayheadError {
  const [what = '', suggested] = message.replace(/^error: /, '').split('\n');
  const command = commandTable.find(({ name }) => words.includes(name));
  const help =
    command === undefined
      ? 'playhead --help lists the commands.'
      : `playhead ${command.name} --help shows its arguments and options.`;
  const hint = suggested?.replace(/^\((.*)\)$/, '$1') ?? help;
  return new PlayheadError('PH_USAGE', what, { hint });
}

/** After a signal, whatever broke off the work, the answer is that it was interrupted. */
function interruption(error: unknown): PlayheadError {
  if (error instanceof PlayheadError && error.code === 'PH_INTERRUPTED') return error;
  return new PlayheadError('PH_INTERRUPTED', 'interrupted', { cause: error });
}
