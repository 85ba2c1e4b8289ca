import { rmdir } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { shellWord } from '../src/base/shell-word.ts';
import { isServiceName, type ServiceName, services } from './catalogue.ts';
import { offerProfile, updateProfiles } from './offered-profile.ts';
import { isAlive } from './process-identity.ts';
import { namesIn, ownStack, readState, reap, type ServerState } from './stack.ts';
import { startServers, stopServers } from './up.ts';

const ownHome = '.playhead-services';

const usage = `Servers for development, on loopback, their data in a temporary folder.

  npm run services -- up NAME … [--home DIR]  start them; they stay until \`down\`
  npm run services -- down [NAME …]           stop them, and leave nothing
  npm run services -- status                  which run, and how to reach them

\`up\` writes the profile \`services\` into the home (default: PLAYHEAD_HOME, else ${ownHome}, as a home's
catalog is of one lake): what \`playhead --home DIR --profile services\` then runs on; \`down\` takes it back.

NAME: ${Object.entries(services)
  .map(([name, { version }]) => `${name} (${version})`)
  .join(', ')}
`;

type Command = (names: readonly string[], home: string) => Promise<void>;

const commands: Readonly<Record<string, Command>> = {
  up: async (given, home) => {
    const names = given.filter(isServiceName);
    if (names.length < given.length || given.length === 0) throw new UsageError(unknownNames(given, names));
    const stack = ownStack();
    const held = await startServers(stack, names, say);
    await offerProfile(stack, home);
    held.release();
    for (const state of held.servers) print(state);
    const directory = shellWord(relative('.', home) || '.');
    say(`run on them: ./playhead --home ${directory} --profile services doctor`);
  },
  down: async (names) => {
    const stack = ownStack();
    const stopped = await stopServers(stack, names);
    await updateProfiles(stack);
    // Where others still run, their folders are in it.
    await rmdir(stack.folder).catch(() => {});
    say(stopped.length === 0 ? 'nothing ran' : `stopped: ${stopped.join(', ')}`);
  },
  status: async () => {
    const stack = ownStack();
    for (const name of await reap(stack)) say(`${name}: its keeper was killed; what it left was removed`);
    await updateProfiles(stack);
    const states = await Promise.all((await namesIn(stack)).map((name) => readState(stack, name)));
    if (states.length === 0) say('nothing runs');
    for (const state of states) if (state !== undefined) print(state);
  },
};

class UsageError extends Error {}

function unknownNames(given: readonly string[], known: readonly ServiceName[]): string {
  const unknown = given.filter((name) => !known.some((each) => each === name));
  return unknown.length === 0 ? 'up: name the servers to start' : `no service is called ${unknown.join(', ')}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function print({ name, version, phase, keeper, settings, failure }: ServerState): void {
  say(`${name} ${version}  ${phase === 'ready' && !isAlive(keeper) ? 'gone' : phase}`);
  const width = Math.max(...Object.keys(settings).map((key) => key.length));
  for (const [key, value] of Object.entries(settings)) say(`  ${key.padEnd(width)}  ${value}`);
  if (failure !== undefined) say(`  ${failure.replaceAll('\n', '\n  ')}`);
}

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' }, home: { type: 'string' } },
  });
  const [name = '', ...names] = positionals;
  const command = commands[name];
  if (values.help === true) say(usage);
  else if (command === undefined) throw new UsageError(name === '' ? 'a command is missing' : `no command ${name}`);
  else await command(names, resolve(values.home ?? (process.env['PLAYHEAD_HOME'] || ownHome)));
} catch (failure) {
  const message = failure instanceof Error ? failure.message : String(failure);
  process.stderr.write(`services: ${message}\n${failure instanceof UsageError ? `\n${usage}` : ''}`);
  process.exit(failure instanceof UsageError ? 2 : 1);
}
