import { mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isAlive } from './process-identity.ts';
import { namesIn, readState, type Stack } from './stack.ts';

/**
 * The profile `services` of a home: what `playhead --profile services` binds its ports to. Addresses, and paths of files
 * with secrets; no secret itself. The stack remembers which homes have one, so that it goes with the servers.
 */
const profileFile = (home: string): string => join(home, 'profiles', 'services.json');

const homesFile = (stack: Stack): string => join(stack.folder, 'homes.json');

/** Gives this home the profile too. */
export async function offerProfile(stack: Stack, home: string): Promise<void> {
  await updateProfiles(stack, [...(await homesOf(stack)), home]);
}

/** Lets every profile name the servers that run now; with the last server they go, and leave nothing. */
export async function updateProfiles(stack: Stack, homes?: readonly string[]): Promise<void> {
  const given = [...new Set(homes ?? (await homesOf(stack)))];
  const profile = await profileOf(stack);
  for (const home of given) {
    if (profile === undefined) await takeBack(profileFile(home));
    else await writeWhole(profileFile(home), `${JSON.stringify(profile, undefined, 2)}\n`);
  }
  if (profile === undefined) await rm(homesFile(stack), { force: true });
  else if (given.length > 0) await writeWhole(homesFile(stack), JSON.stringify(given));
}

async function homesOf(stack: Stack): Promise<readonly string[]> {
  const text = await readFile(homesFile(stack), 'utf8').catch(() => undefined);
  // Written by `updateProfiles`, and renamed whole.
  return text === undefined ? [] : (JSON.parse(text) as readonly string[]);
}

/** Undefined where no server runs. */
async function profileOf(stack: Stack): Promise<Readonly<Record<string, unknown>> | undefined> {
  const states = await Promise.all((await namesIn(stack)).map((name) => readState(stack, name)));
  const ready = states.filter((state) => state?.phase === 'ready' && isAlive(state.keeper));
  return ready.length === 0 ? undefined : Object.assign({}, ...ready.map((state) => state?.profile));
}

async function writeWhole(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.part`, text);
  await rename(`${file}.part`, file);
}

/** And the folders around it, where nothing else is in them: this may have made them. */
async function takeBack(file: string): Promise<void> {
  await rm(file, { force: true });
  for (const folder of [dirname(file), dirname(dirname(file))]) await rmdir(folder).catch(() => {});
}
