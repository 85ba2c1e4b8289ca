import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { isAlive, type ProcessIdentity, signalGroup } from './process-identity.ts';

/** What a keeper writes down of its server. */
export interface ServerState {
  readonly name: string;
  readonly version: string;
  readonly phase: 'starting' | 'ready' | 'failed';
  readonly keeper: ProcessIdentity;
  readonly server?: ProcessIdentity;
  readonly settings: Readonly<Record<string, string>>;
  readonly profile: Readonly<Record<string, unknown>>;
  /** Why it failed, with the end of its log. */
  readonly failure?: string;
}

/** A folder of running servers: one folder each, `<name>/data`, `<name>/log`, `<name>/state.json`. */
export interface Stack {
  readonly folder: string;
}

/** The stack that `npm run services` uses: one a user. */
export function ownStack(): Stack {
  return { folder: process.env['PLAYHEAD_SERVICES_RUN'] ?? join(tmpdir(), `playhead-services-${userInfo().uid}`) };
}

export const serverFolder = (stack: Stack, name: string): string => join(stack.folder, name);

export async function writeState(stack: Stack, state: ServerState, name = state.name): Promise<void> {
  const file = join(serverFolder(stack, name), 'state.json');
  await writeFile(`${file}.part`, JSON.stringify(state, undefined, 2), { mode: 0o600 });
  await rename(`${file}.part`, file);
}

export async function readState(stack: Stack, name: string): Promise<ServerState | undefined> {
  const text = await readFile(join(serverFolder(stack, name), 'state.json'), 'utf8').catch(() => undefined);
  // Written by `writeState`, and renamed whole.
  return text === undefined ? undefined : (JSON.parse(text) as ServerState);
}

export async function namesIn(stack: Stack): Promise<readonly string[]> {
  const entries = await readdir(stack.folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/**
 * A folder of its own for a server about to start, there only together with its state. False where one is there: that
 * server runs, or starts at this moment.
 */
export async function claim(stack: Stack, state: ServerState): Promise<boolean> {
  // Prepared under a name that no server has, and renamed: a claim that was cut short is not one.
  const draft = `.${state.name}.${state.keeper.pid}`;
  await mkdir(serverFolder(stack, draft), { recursive: true, mode: 0o700 });
  await writeState(stack, state, draft);
  try {
    await rename(serverFolder(stack, draft), serverFolder(stack, state.name));
    return true;
  } catch (failure) {
    await remove(stack, draft);
    if (['ENOTEMPTY', 'EEXIST'].includes((failure as NodeJS.ErrnoException).code ?? '')) return false;
    throw failure;
  }
}

/** Ends what outlived its keeper, and removes what it left: the names of those found so. What failed is kept, to be read. */
export async function reap(stack: Stack): Promise<readonly string[]> {
  const reaped: string[] = [];
  for (const name of await namesIn(stack)) {
    const state = await readState(stack, name);
    if (state !== undefined && (isAlive(state.keeper) || state.phase === 'failed')) continue;
    if (state?.server !== undefined) signalGroup(state.server, 'SIGKILL');
    await remove(stack, name);
    reaped.push(name);
  }
  return reaped;
}

export async function remove(stack: Stack, name: string): Promise<void> {
  await rm(serverFolder(stack, name), { recursive: true, force: true, maxRetries: 5 });
}
