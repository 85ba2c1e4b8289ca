import { open } from 'node:fs/promises';
import { storageError } from '../lake/storage-error.ts';

/** Takes text or bytes piece by piece; a file is complete once `close` has resolved. */
export interface Sink {
  write(piece: string | Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** A file, replaced if it is there. PH_STORAGE_* when it cannot be written. */
export async function fileSink(path: string): Promise<Sink> {
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw storageError(cause, `writing ${path}`);
    }
  };
  const handle = await guarded(() => open(path, 'w'));
  return {
    write: (piece) => guarded(() => handle.appendFile(piece)),
    close: () => guarded(() => handle.close()),
  };
}
