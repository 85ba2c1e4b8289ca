import { rmdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { shellWord } from '../src/base/shell-word.ts';
import { isServiceName, type ServiceName, serviceNames, services } from './catalogue.ts';
import { offeredServers, offerProfile, startCommand, takeBackProfile } from './offered-profile.ts';
import { isAlive } from './process-identity.ts';
import { ownStack, readState, type ServerState, serverFolder } from './stack.ts';
import { startServers, stopServers } from './up.ts';

const ownHome = '.playhead-services';

const usage = `Servers for development, on loopback, their data in a temporary folder.

  npm run services -- up NAME … [--home DIR]  start them; they stay until \`down\`
  npm run services -- down [NAME …]           stop them, and leave nothing
  npm run services -- status                  which run, and how to reach them; ends with 1 where one has failed

\`up\` writes the profile \`services\` into the home (default: PLAYHEAD_HOME, else ${ownHome}, as a home's
catalog is of one lake): what \`playhead --home DIR --profile services\` then runs on; \`down\` takes it back.

NAME: ${Object.entries(services)
  .map(([name, { version }]) => `${name} (${version})`)
  .join(', ')}
`;

/** Ends with an exit code. */
type Command = (given: readonly string[], home: string) => Promise<number>;

const commands: Readonly<Record<string, Command>> = {
  up: async (given, home) => {
    if (given.length === 0) throw new UsageError('up: name the servers to start');
    const stack = ownStack();
    const held = await startServers(stack, known(given), say);
    await offerProfile(stack, home, held.servers);
    held.release();
    for (const state of held.servers) say(serverText(state));
    const directory = shellWord(relative('.', home) || '.');
    say(`run on them: ./playhead --home ${directory} --profile services doctor`);
    return 0;
  },
  down: async (given) => {
    const names = given.length === 0 ? serviceNames : known(given);
    const stack = ownStack();
    const stopped = await stopServers(stack, names);
    await takeBackProfile(stack, names);
    // Where others still run, their folders are in it.
    await rmdir(stack.folder).catch(() => {});
    say(stopped.length === 0 ? 'nothing ran' : `stopped: ${stopped.join(', ')}`);
    return 0;
  },
  status: async (given, home) => {
    if (given.length > 0) throw new UsageError(`status: takes no name, ${given.join(', ')} was given`);
    const stack = ownStack();
    const offered = await offeredServers(stack);
    const found = await Promise.all(
      serviceNames.map(async (name) => ({
        name,
        state: await readState(stack, name),
        isAsked: offered.includes(name),
      })),
    );
    const there = found.filter(({ state, isAsked }) => state !== undefined || isAsked);
    if (there.length === 0) say('nothing runs');
    for (const { name, state } of there) {
      say(state === undefined ? `${name}  gone` : serverText(state));
      const ended =
        state === undefined ? 'what it left is gone, too' : endOf(state, join(serverFolder(stack, name), 'log'));
      if (ended !== undefined) say(`  ${ended}\n  start it again: ${startCommand(name, home)}`);
    }
    return there.every(({ state }) => state !== undefined && endOf(state, '') === undefined) ? 0 : 1;
  },
};

class UsageError extends Error {}

/** The given names as those of services; any other is refused. */
function known(given: readonly string[]): readonly ServiceName[] {
  const unknown = given.filter((name) => !isServiceName(name));
  if (unknown.length > 0) throw new UsageError(`no service is called ${unknown.join(', ')}`);
  return given.filter(isServiceName);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Why a server does not run; undefined where it does, or is about to. */
function endOf({ phase, failure = '', keeper }: ServerState, log: string): string | undefined {
  if (phase === 'failed') return `${failure.split('\n')[0]}: ${log}`;
  return isAlive(keeper) ? undefined : 'its keeper was killed';
}

function serverText(state: ServerState): string {
  const { name, version, phase, keeper, settings } = state;
  const width = Math.max(...Object.keys(settings).map((key) => key.length));
  const lines = Object.entries(settings).map(([key, value]) => `  ${key.padEnd(width)}  ${value}`);
  return [`${name} ${version}  ${phase !== 'failed' && !isAlive(keeper) ? 'gone' : phase}`, ...lines].join('\n');
}

// Whoever reads may have read enough (`up kafka | head -1`): what was begun is still brought to its end.
process.stdout.on('error', (failure: NodeJS.ErrnoException) => {
  if (failure.code !== 'EPIPE') throw failure;
});

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' }, home: { type: 'string' } },
  });
  const [name = '', ...names] = positionals;
  const command = commands[name];
  if (values.help === true) say(usage);
  else if (command === undefined) throw new UsageError(name === '' ? 'a command is missing' : `no command ${name}`);
  else process.exitCode = await command(names, resolve(values.home ?? (process.env['PLAYHEAD_HOME'] || ownHome)));
} catch (failure) {
  const message = failure instanceof Error ? failure.message : String(failure);
  process.stderr.write(`services: ${message}\n${failure instanceof UsageError ? `\n${usage}` : ''}`);
  process.exit(failure instanceof UsageError ? 2 : 1);
}
