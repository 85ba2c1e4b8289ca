import { basename, join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import { storageError, systemCode } from '../../lake/storage-error.ts';
import type { Home } from './home.ts';

/**
 * Profiles that whoever started servers wrote into the home, by name: `profiles/<name>.json`. What they hold is checked
 * when one is resolved. PH_CONFIG_INVALID for a file that is no JSON.
 */
export async function generatedProfiles(home: Home, { fs }: Effects): Promise<Readonly<Record<string, unknown>>> {
  const { profiles } = home;
  const files = await fs.readdir(profiles).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return [];
    throw storageError(cause, `listing ${profiles}`);
  });
  const found: [string, unknown][] = [];
  for (const name of files.filter((file) => file.endsWith('.json')).map((file) => basename(file, '.json'))) {
    const file = profileFile(home, name);
    found.push([name, parsed(await fs.readFile(file, 'utf8'), file)]);
  }
  return Object.fromEntries(found);
}

/** Where the profile of that name is, if it was written into the home. */
export const profileFile = ({ profiles }: Home, name: string): string => join(profiles, `${name}.json`);

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PlayheadError('PH_CONFIG_INVALID', `${file} is no JSON: ${(cause as Error).message}`, { cause });
  }
}
