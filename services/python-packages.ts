import { join } from 'node:path';
import type { Installation } from './service.ts';

/** Lists of packages, each with its version and the SHA-256 of its file: `services/python/<name>.txt`. */
export type PackageList = 'copier' | 'spark';

const listOf = (name: PackageList): string => join(import.meta.dirname, 'python', `${name}.txt`);

/** Python packages in a folder of their own, for `PYTHONPATH`; pip refuses a file that is not the pinned one. */
export function pythonPackages(name: PackageList): Installation {
  return {
    version: 'python',
    needs: {
      python3: {
        install: 'Python 3.10 or newer, with pip (Debian: apt-get install python3-pip; macOS: brew install python)',
      },
    },
    pins: [listOf(name)],
    install: async (folder, run) => {
      const where = ['--target', folder, '--no-compile', '--no-deps'];
      const what = ['--require-hashes', '--requirement', listOf(name)];
      await run({
        file: 'python3',
        args: ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...where, ...what],
      });
    },
  };
}

/** What a program needs that uses them. Python would keep its compiled files there, and the installation be another. */
export function pythonEnvironment(folder: string): Readonly<Record<string, string>> {
  return { PYTHONPATH: folder, PYTHONDONTWRITEBYTECODE: '1' };
}
