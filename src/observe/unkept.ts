import type { Effects } from '../base/effects.ts';
import { storageError, systemCode } from '../lake/storage-error.ts';

/** Measurements that no history holds. */
export interface Unkept {
  readonly measurements: number;
  /** Wall clock, when the last ones were given up, ms since 1970 UTC. */
  readonly lastMs: number;
  /** What kept the last ones from being written. */
  readonly why: string;
}

/** Adds to the home's count, one line each time: several processes may count at once. Throws PH_STORAGE_*. */
export async function countUnkept(file: string, unkept: Unkept, effects: Effects): Promise<void> {
  try {
    await effects.fs.writeFile(file, `${JSON.stringify(unkept)}\n`, { flag: 'a' });
  } catch (cause) {
    throw storageError(cause, `writing ${file}`);
  }
}

/** What was given up since the file was begun; undefined where nothing was. Throws PH_STORAGE_*. */
export async function readUnkept(file: string, effects: Effects): Promise<Unkept | undefined> {
  let text: string;
  try {
    text = await effects.fs.readFile(file, 'utf8');
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw storageError(cause, `reading ${file}`);
  }
  return text
    .split('\n')
    .flatMap(unkeptIn)
    .reduce<Unkept | undefined>(
      (sum, each) => ({ ...each, measurements: (sum?.measurements ?? 0) + each.measurements }),
      undefined,
    );
}

/** A line that a full disk cut short counts for nothing. */
function unkeptIn(line: string): Unkept[] {
  try {
    return [JSON.parse(line) as Unkept]; // written by `countUnkept` alone
  } catch {
    return [];
  }
}
