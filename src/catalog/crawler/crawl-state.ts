import { createHash } from 'node:crypto';
import { isPlayheadError } from '../../base/errors.ts';
import { type ObjectStore, readAll } from '../../lake/object-store.ts';
import type { FolderMemory } from './profile.ts';

/** Raised when a profile changes its meaning: what an older crawler kept is then made anew. */
const stateVersion = 1;

interface CrawlState {
  readonly version: number;
  readonly folders: readonly FolderMemory[];
}

/** Where a crawl of this path remembers what it saw. It may be deleted: the next crawl then opens more objects. */
export function stateKey(database: string, path: string): string {
  return `_playhead/crawls/${database}/${createHash('sha256').update(path).digest('hex').slice(0, 16)}.json`;
}

/** By prefix; empty where there was no crawl, or one by another version. */
export async function readState(lake: ObjectStore, key: string): Promise<ReadonlyMap<string, FolderMemory>> {
  let text: string;
  try {
    text = Buffer.from((await readAll(lake, key)).bytes).toString();
  } catch (error) {
    if (isPlayheadError(error, 'PH_OBJECT_MISSING')) return new Map();
    throw error;
  }
  // A parsed boundary: only `writeState` writes here, and the version says what it wrote.
  const state = JSON.parse(text) as CrawlState;
  return new Map(state.version === stateVersion ? state.folders.map((folder) => [folder.prefix, folder]) : []);
}

/** Of two crawls at once the later keeps its state: either is right, and both are only a shortcut. */
export async function writeState(lake: ObjectStore, key: string, folders: readonly FolderMemory[]): Promise<void> {
  const state: CrawlState = { version: stateVersion, folders };
  await lake.put(key, Buffer.from(JSON.stringify(state)));
}
