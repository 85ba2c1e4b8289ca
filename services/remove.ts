import { randomBytes } from 'node:crypto';
import { readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isServiceName } from './catalogue.ts';
import { identify, isAlive, signalGroup } from './process-identity.ts';
import { readState, type Stack, serverFolder } from './stack.ts';

/**
 * Of these servers, ends what outlived its keeper, and removes what it left: the names of those found so. What failed is kept,
 * to be read. What a process that was killed had begun to prepare or to remove goes, too.
 */
export async function reap(stack: Stack, names: readonly string[]): Promise<readonly string[]> {
  await sweepDrafts(stack);
  const reaped: string[] = [];
  for (const name of names) {
    const state = await readState(stack, name);
    if (state === undefined || isAlive(state.keeper) || state.phase === 'failed') continue;
    if (state.server !== undefined) signalGroup(state.server, 'SIGKILL');
    await remove(stack, name);
    reaped.push(name);
  }
  return reaped;
}

/** Removes the server's folder, at once for whoever looks; nothing where there is none of ours. */
export async function remove(stack: Stack, name: string): Promise<void> {
  if ((await readState(stack, name)) === undefined) return;
  const draft = draftName(name);
  try {
    await rename(serverFolder(stack, name), serverFolder(stack, draft));
  } catch (failure) {
    // Another one was faster.
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw failure;
  }
  await removeDraft(stack, draft);
}

/** Its state goes last: what a process that was killed leaves of it is still known as ours. */
export async function removeDraft(stack: Stack, draft: string): Promise<void> {
  const folder = serverFolder(stack, draft);
  for (const name of await readdir(folder).catch(() => []))
    if (name !== 'state.json') await rm(join(folder, name), { recursive: true, force: true, maxRetries: 5 });
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** A name that no server has, for what is prepared or removed by this process. */
export function draftName(name: string): string {
  return `.${name}.${process.pid}-${randomBytes(4).toString('hex')}`;
}

async function sweepDrafts(stack: Stack): Promise<void> {
  for (const draft of await readdir(stack.folder).catch(() => [])) {
    const [, name = '', pid] = /^\.([a-z0-9]+)\.(\d+)-[0-9a-f]{8}$/.exec(draft) ?? [];
    if (pid === undefined || !isServiceName(name) || identify(Number(pid)) !== undefined) continue;
    if ((await readState(stack, name, draft)) !== undefined) await removeDraft(stack, draft);
    // Cut short before it had a state, or after: then nothing is in it.
    else await rmdir(serverFolder(stack, draft)).catch(() => {});
  }
}
