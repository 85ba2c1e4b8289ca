import { mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { shellWord } from '../src/base/shell-word.ts';
import type { ServerState, Stack } from './stack.ts';

/**
 * The profile `services` of a home: what `playhead --profile services` binds its ports to. Addresses, and paths of files
 * with secrets; no secret itself. It names what was asked for until that is stopped, also where a server has died: what ran on it
 * must fail, not go on elsewhere.
 */
const profileFile = (home: string): string => join(home, 'profiles', 'services.json');

/** What the stack remembers of the profiles: the homes that have one, and each server's part in them. */
interface Offered {
  readonly homes: readonly string[];
  readonly parts: Readonly<Record<string, ServerState['profile']>>;
}

const offeredFile = (stack: Stack): string => join(stack.folder, 'playhead-profiles.json');

/** The names of the servers that profiles name. */
export async function offeredServers(stack: Stack): Promise<readonly string[]> {
  return Object.keys((await offeredBy(stack)).parts);
}

/** Gives this home the profile too, and lets every profile name these servers beside those of before. */
export async function offerProfile(stack: Stack, home: string, servers: readonly ServerState[]): Promise<void> {
  const before = await offeredBy(stack);
  const added = Object.fromEntries(servers.map(({ name, profile }) => [name, profile]));
  await offer(stack, { homes: [...new Set([...before.homes, home])], parts: { ...before.parts, ...added } });
}

/** Takes these servers out of every profile; with the last one the profiles go, and leave nothing. */
export async function takeBackProfile(stack: Stack, names: readonly string[]): Promise<void> {
  const { homes, parts } = await offeredBy(stack);
  const left = Object.entries(parts).filter(([name]) => !names.includes(name));
  await offer(stack, { homes, parts: Object.fromEntries(left) });
}

/** The command that starts a server which a home's profile names, typed anywhere in the checkout. */
export function startCommand(name: string, home: string): string {
  const run = process.env['PLAYHEAD_SERVICES_RUN'];
  const where = run === undefined ? '' : `PLAYHEAD_SERVICES_RUN=${shellWord(run)} `;
  return `${where}npm run services -- up ${name} --home ${shellWord(home)}`;
}

async function offer(stack: Stack, offered: Offered): Promise<void> {
  const parts = Object.entries(offered.parts);
  for (const home of offered.homes) {
    if (parts.length === 0) await takeBack(profileFile(home));
    else await writeWhole(profileFile(home), profileOf(parts, home));
  }
  if (parts.length === 0) await rm(offeredFile(stack), { force: true });
  else await writeWhole(offeredFile(stack), offered);
}

/** Each port's binding, with the command that starts its server again. */
function profileOf(parts: readonly (readonly [string, ServerState['profile']])[], home: string): object {
  const bindings = parts.flatMap(([name, part]) =>
    Object.entries(part).map(([port, binding]) => [port, { ...binding, startWith: startCommand(name, home) }]),
  );
  return Object.fromEntries(bindings);
}

async function offeredBy(stack: Stack): Promise<Offered> {
  const text = await readFile(offeredFile(stack), 'utf8').catch(() => undefined);
  // Written by `offer`, and renamed whole.
  return text === undefined ? { homes: [], parts: {} } : (JSON.parse(text) as Offered);
}

async function writeWhole(file: string, value: object): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.part`, `${JSON.stringify(value, undefined, 2)}\n`);
  await rename(`${file}.part`, file);
}

/** And the folders around it, where nothing else is in them: this may have made them. */
async function takeBack(file: string): Promise<void> {
  await rm(file, { force: true });
  for (const folder of [dirname(file), dirname(dirname(file))]) await rmdir(folder).catch(() => {});
}
