import { resolve } from 'node:path';
import type { Effects, FileSystem } from '../../../src/base/effects.ts';

const writing = ['mkdir', 'rename', 'link', 'unlink', 'rm', 'rmdir', 'writeFile', 'copyFile', 'truncate'] as const;
/** A mount for reading, as its file system answers: whatever would change something under `root` ends in EROFS. */
export function mountedToRead(root: string, { fs }: Effects): FileSystem {
  const refused = (path: unknown): Error | undefined =>
    resolve(String(path)).startsWith(root) ? Object.assign(new Error('EROFS'), { code: 'EROFS' }) : undefined;
  const refusing = Object.fromEntries(
    writing.map((name) => [
      name,
      async (...given: readonly unknown[]) => {
        const error = refused(given[0]) ?? (name === 'copyFile' || name === 'link' ? refused(given[1]) : undefined);
        if (error !== undefined) throw error;
        return Reflect.apply(fs[name], fs, given);
      },
    ]),
  );
  const open: FileSystem['open'] = async (path, flags, mode) => {
    const error = flags === 'r' ? undefined : refused(path);
    if (error !== undefined) throw error;
    return fs.open(path, flags, mode);
  };
  const access: FileSystem['access'] = async (path, mode = 0) => {
    const error = (mode & 2) === 0 ? undefined : refused(path);
    if (error !== undefined) throw error;
    return fs.access(path, mode);
  };
  return { ...fs, ...refusing, open, access };
}
