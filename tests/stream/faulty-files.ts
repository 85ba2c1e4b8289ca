import { type FileSystem, systemEffects } from '../../src/base/effects.ts';

type FileHandle = Awaited<ReturnType<FileSystem['open']>>;

/** The real file system, with each opened file handed to `tamper` first. */
export function filesWith(tamper: (file: FileHandle, path: string) => void): FileSystem {
  const real = systemEffects().fs;
  return {
    ...real,
    open: async (path, flags, mode) => {
      const file = await real.open(path, flags, mode);
      tamper(file, String(path));
      return file;
    },
  };
}

/** An error as the system gives it. */
export function systemError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: ${syscall}`), { code, syscall });
}
