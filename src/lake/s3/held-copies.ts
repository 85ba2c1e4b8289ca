import { join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { isAlive } from '../incoming.ts';
import { systemCode } from '../storage-error.ts';

const heldFolder = 'held';

/**
 * Second links to copies, in a folder of this process alone: a copy is held as long as one is there, whichever process evicts
 * what nobody holds. What processes that are gone held is let go of at the first use.
 */
export interface HeldCopies {
  /** Where the copy of this name is while it is held. To be released once, when nobody reads it any more. */
  hold(name: string): Promise<{ readonly path: string; readonly release: () => void }>;
  /** Whether the copy is there, under the path of who holds it; links it where it is only in the shared folder. */
  isThere(name: string): boolean;
  /** Where a copy may be written before it is one. */
  partOf(name: string): Promise<string>;
  /** Makes a part that is whole the copy of this name, for this process and for all. */
  publish(part: string, name: string): void;
  /** Lets go of everything. */
  close(): Promise<void>;
}

export function holdLinks(folder: string, effects: Effects): HeldCopies {
  const { fs, random } = effects;
  const own = join(folder, heldFolder, `${process.pid}-${random.uint32().toString(16)}`);
  const holders = new Map<string, number>();
  let made: Promise<void> | undefined;
  const makeOwn = async (): Promise<void> => {
    made ??= sweep(join(folder, heldFolder), effects).then(async () => {
      await fs.mkdir(own, { recursive: true, mode: 0o700 });
    });
    await made;
  };
  return {
    hold: async (name) => {
      holders.set(name, (holders.get(name) ?? 0) + 1);
      await makeOwn();
      const release = (): void => {
        const left = (holders.get(name) ?? 1) - 1;
        holders.set(name, left);
        if (left > 0) return;
        holders.delete(name);
        // At once: who holds it next must not lose it to this.
        if (fs.lstatSync(join(own, name), { throwIfNoEntry: false }) !== undefined) fs.unlinkSync(join(own, name));
      };
      return { path: join(own, name), release };
    },
    isThere: (name) => linked(join(folder, name), join(own, name), effects),
    partOf: async (name) => {
      await makeOwn();
      return join(own, `${name}.${random.uint32().toString(16)}.part`);
    },
    publish: (part, name) => {
      linked(part, join(folder, name), effects);
      fs.renameSync(part, join(own, name));
    },
    close: async () => {
      // What a query that failed was fetching still may arrive in the midst of it.
      if (made !== undefined) await fs.rm(own, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Whether the file is at `to`, by a link to `from` where it was not yet. */
function linked(from: string, to: string, { fs }: Effects): boolean {
  try {
    fs.linkSync(from, to);
    return true;
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'EEXIST') return true;
    // One that is held here and was evicted all the same, or erased, is gone from the shared folder alone.
    if (code === 'ENOENT') return fs.lstatSync(to, { throwIfNoEntry: false }) !== undefined;
    throw cause;
  }
}

async function sweep(folder: string, { fs }: Effects): Promise<void> {
  await fs.mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await fs.readdir(folder))
    if (!isAlive(Number.parseInt(name, 10))) await fs.rm(join(folder, name), { recursive: true, force: true });
}
