import { basename, dirname, join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { systemCode } from '../lake/storage-error.ts';
import { homeAt } from '../pipeline/engine/home.ts';
import type { CommandDescription } from './command-description.ts';
import type { GlobalOptions } from './open-context.ts';

/**
 * A home that was named and is not there is a slip, to whatever only looks, copies or mends: an empty one made in its place
 * would add up, and be backed up, for ever. Throws PH_USAGE before anything is made.
 */
export async function assertNamedHome(
  { name, worksWithoutHome }: Pick<CommandDescription, 'name' | 'worksWithoutHome'>,
  options: Pick<GlobalOptions, 'home'>,
  home: string,
  effects: Effects,
): Promise<void> {
  const isNamed = Boolean(options.home ?? effects.env['PLAYHEAD_HOME']);
  if (worksWithoutHome === true || !isNamed || (await isThere(home, effects))) return;
  const near = nearest(basename(home), await homesIn(dirname(home), effects));
  throw new PlayheadError('PH_USAGE', `there is no home at ${home}: playhead ${name} works on one that is there`, {
    hint:
      near === undefined
        ? 'Name it with --home or PLAYHEAD_HOME. What takes records in makes one: playhead produce, serve, run or start.'
        : `Did you mean ${join(dirname(home), near)}?`,
    details: { home },
  });
}

/** Whether a home is: one that has begun, or whose servers have. What can't be looked at is for whoever opens it to judge. */
async function isThere(folder: string, { fs }: Effects): Promise<boolean> {
  for (const path of [join(folder, 'layout.json'), homeAt(folder).profiles]) {
    try {
      await fs.access(path);
      return true;
    } catch (cause) {
      if (!['ENOENT', 'ENOTDIR'].includes(systemCode(cause))) return true;
    }
  }
  return false;
}

async function homesIn(folder: string, effects: Effects): Promise<readonly string[]> {
  const names = await effects.fs.readdir(folder).catch(() => []);
  const are = await Promise.all(names.map((name) => isThere(join(folder, name), effects)));
  return names.filter((_, i) => are[i]);
}
