import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { draftName, removeDraft } from './remove.ts';
import { readState, type ServerState, type Stack, serverFolder, writeState } from './stack.ts';

/**
 * A folder of its own for a server about to start, there only together with its state. False where one is there: that
 * server runs, or starts at this moment. Refuses a folder of that name that is not ours.
 */
export async function claim(stack: Stack, state: ServerState): Promise<boolean> {
  // Prepared under a name that no server has, and renamed: a claim that was cut short is not one.
  const draft = draftName(state.name);
  await mkdir(serverFolder(stack, draft), { recursive: true, mode: 0o700 });
  await writeState(stack, state, draft);
  try {
    await rename(serverFolder(stack, draft), serverFolder(stack, state.name));
    return true;
  } catch (failure) {
    await removeDraft(stack, draft);
    if (!['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes((failure as NodeJS.ErrnoException).code ?? '')) throw failure;
    if ((await readState(stack, state.name)) !== undefined) return false;
    const folder = serverFolder(stack, state.name);
    // Gone meanwhile: it is free.
    if (!existsSync(folder)) return claim(stack, state);
    const elsewhere = 'let PLAYHEAD_SERVICES_RUN name another folder';
    throw new Error(`${folder} is there, and not of these servers: ${elsewhere}`, { cause: failure });
  }
}
