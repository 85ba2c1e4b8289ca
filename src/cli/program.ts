import { Command as Commander, CommanderError } from 'commander';
import { PlayheadError } from '../base/errors.ts';
import type { CommandSpec } from './command.ts';
import { commandTable } from './command-table.ts';
import { renderFailure } from './failure.ts';
import { globalOptions, overview } from './help.ts';
import { invocation } from './invocation.ts';
import type { GlobalOptions } from './open-context.ts';

/** Runs one call of the command line and resolves with its exit code. */
export async function runProgram(words: readonly string[], version: string, signal: AbortSignal): Promise<number> {
  let exitCode = 0;
  const program = describeProgram(version, async (spec, positional, options, globals) => {
    exitCode = await runCommand(spec, positional, options, globals, signal);
  });
  try {
    await program.parseAsync(words.length === 0 ? ['--help'] : [...words], { from: 'user' });
  } catch (error) {
    // Commander has printed its message, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
  return exitCode;
}

type Run = (
  spec: CommandSpec,
  positional: readonly (string | undefined)[],
  options: Readonly<Record<string, unknown>>,
  globals: GlobalOptions,
) => Promise<void>;

function describeProgram(version: string, run: Run): Commander {
  const program = new Commander('playhead')
    .version(version, '-V, --version', 'print the version')
    .helpCommand(false)
    .configureHelp({ formatHelp: () => overview(commandTable) })
    .showHelpAfterError('(playhead --help lists what there is)')
    .exitOverride();
  for (const [flags, meaning] of globalOptions) program.option(flags, meaning);
  for (const spec of commandTable) program.addCommand(describeCommand(spec, run));
  return program;
}

function describeCommand(spec: CommandSpec, run: Run): Commander {
  const command = new Commander(spec.name)
    .description(`${spec.summary}.`)
    .helpOption('-h, --help', 'print this')
    .configureHelp({ helpWidth: 100 })
    .showHelpAfterError(`(playhead ${spec.name} --help shows its options)`)
    .exitOverride();
  if (spec.arguments !== undefined) command.arguments(spec.arguments);
  for (const [flags, meaning] of spec.options ?? []) command.option(flags, meaning);
  const width = Math.max(...spec.examples.map(([example]) => example.length));
  const examples = spec.examples.map(([example, meaning]) => `  ${example.padEnd(width)}  ${meaning}`.trimEnd());
  command.addHelpText('after', ['', 'Examples:', ...examples].join('\n'));
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
  signal: AbortSignal,
): Promise<number> {
  const { openContext } = await import('./open-context.ts');
  const { context, close } = openContext(globals, commandTable, signal);
  const { json, output } = context;
  try {
    const { command } = await spec.load();
    const result = await command(invocation(positional, options), context);
    if (json && result.data !== undefined) {
      const { bigintText } = await import('./failure.ts');
      await output.out(`${JSON.stringify(result.data, bigintText)}\n`);
    } else if (!json && result.text !== undefined) {
      await output.out(result.text.endsWith('\n') ? result.text : `${result.text}\n`);
    }
    return result.exitCode ?? 0;
  } catch (error) {
    return renderFailure(signal.aborted ? interruption(error) : error, json, output);
  } finally {
    await close();
  }
}

/** After a signal, whatever broke off the work, the answer is that it was interrupted. */
function interruption(error: unknown): PlayheadError {
  if (error instanceof PlayheadError && error.code === 'PH_INTERRUPTED') return error;
  return new PlayheadError('PH_INTERRUPTED', 'interrupted', { cause: error });
}
