import { basename, dirname, join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { homeFiles } from '../govern/home-files.ts';
import { systemCode } from '../lake/storage-error.ts';
import { homeAt } from '../pipeline/engine/home.ts';
import type { CommandDescription } from './command-description.ts';
import type { GlobalOptions } from './open-context.ts';

/**
 * A home that is not there is nothing to look at, to copy or to mend: an empty one made in its place would add up, and be backed up,
 * for ever, and a look would leave it behind. Where state is kept elsewhere, as profiles other than `embedded` may say, a home that
 * nobody named is begun by any command. Throws PH_USAGE before anything is made.
 */
export async function assertBegunHome(
  { name, worksWithoutHome }: Pick<CommandDescription, 'name' | 'worksWithoutHome'>,
  { home: flag, profile = 'embedded' }: Pick<GlobalOptions, 'home' | 'profile'>,
  home: string,
  effects: Effects,
): Promise<void> {
  const isNamed = Boolean(flag ?? effects.env['PLAYHEAD_HOME']);
  const isFree = worksWithoutHome === true || (!isNamed && (worksWithoutHome === 'unnamed' || profile !== 'embedded'));
  if (isFree || (await isThere(home, effects))) return;
  const near = isNamed ? nearest(basename(home), await homesIn(dirname(home), effects)) : undefined;
  const where = isNamed ? 'Name one with --home or PLAYHEAD_HOME.' : 'One that lies elsewhere is named with --home.';
  throw new PlayheadError('PH_USAGE', `there is no home at ${home}: ${name} works on one that is there`, {
    hint:
      near === undefined
        ? `${where} What takes records in begins one: produce, serve, run, start, demo.`
        : `Did you mean ${join(dirname(home), near)}?`,
    details: { home },
  });
}

/** Whether a home is: one that has begun, or whose servers have. What can't be looked at is for whoever opens it to judge. */
async function isThere(folder: string, { fs }: Effects): Promise<boolean> {
  for (const path of [join(folder, homeFiles.layout), homeAt(folder).profiles]) {
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
