import type { Effects } from '../../base/effects.ts';
import { storageError } from '../../lake/storage-error.ts';

/** Texts on disk, in the order in which they were added: memory does not grow with their number. */
export interface SpilledList {
  /** How many there are. */
  readonly count: number;
  /** Where nothing has to be written yet, nothing is to be waited for. A text has no newline. */
  add(text: string): Promise<void> | undefined;
  /** Writes what is held. */
  finish(): Promise<void>;
  /** What is written. */
  texts(): AsyncGenerator<string>;
  /** Nothing can be added after it. */
  close(): Promise<void>;
}

const writeChars = 256 * 1024;

/** Opens a list in one file, which is the caller's to remove. Throws PH_STORAGE_*. */
export async function openSpilledList(path: string, { fs }: Effects): Promise<SpilledList> {
  const reporting = <T>(work: Promise<T>): Promise<T> =>
    work.catch((cause: unknown) => {
      throw storageError(cause, `writing ${path}`);
    });
  const file = await reporting(fs.open(path, 'w', 0o600));
  let count = 0;
  let held = '';
  const write = (): Promise<void> => {
    const lines = held;
    held = '';
    return reporting(file.writeFile(lines));
  };
  return {
    get count() {
      return count;
    },
    add: (text) => {
      count += 1;
      held += `${text}\n`;
      return held.length < writeChars ? undefined : write();
    },
    finish: write,
    texts: async function* () {
      const written = await fs.open(path, 'r');
      try {
        yield* written.readLines({ autoClose: false });
      } finally {
        await written.close();
      }
    },
    close: () => file.close(),
  };
}
