import { readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { ProcessIdentity } from './process-identity.ts';

/** What a keeper writes down of its server. */
export interface ServerState {
  readonly name: string;
  readonly version: string;
  readonly phase: 'starting' | 'ready' | 'failed';
  readonly keeper: ProcessIdentity;
  readonly server?: ProcessIdentity;
  readonly settings: Readonly<Record<string, string>>;
  readonly profile: Readonly<Record<string, object>>;
  /** Why it failed, with the end of its log. */
  readonly failure?: string;
}

/**
 * A folder of running servers: one folder each, `<name>/data`, `<name>/log`, `<name>/state.json`. It may be a folder in which
 * others keep theirs: what has no state of ours under a server's name is never touched.
 */
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

/** What its keeper wrote of the server; undefined where there is none, or a folder of that name is somebody else's. */
export async function readState(stack: Stack, name: string, folder = name): Promise<ServerState | undefined> {
  const text = await readFile(join(serverFolder(stack, folder), 'state.json'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : stateIn(text, name);
}

/** Only a keeper writes one with the server's own name and the keeper's process in it. */
function stateIn(text: string, name: string): ServerState | undefined {
  try {
    // Every part is asked for below, or written with these by `writeState`, renamed whole.
    const state = JSON.parse(text) as Partial<ServerState> | null;
    const isOurs = state?.name === name && typeof state.keeper?.pid === 'number' && state.phase !== undefined;
    return isOurs ? (state as ServerState) : undefined;
  } catch {
    return undefined;
  }
}
