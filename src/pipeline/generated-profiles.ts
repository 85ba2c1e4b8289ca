import { basename, join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { storageError, systemCode } from '../lake/storage-error.ts';
import type { Home } from './home.ts';

/**
 * Profiles that whoever started servers wrote into the home, by name: `profiles/<name>.json`. What they hold is checked
 * when one is resolved. PH_CONFIG_INVALID for a file that is no JSON.
 */
export async function generatedProfiles(
  { profiles }: Home,
  { fs }: Effects,
): Promise<Readonly<Record<string, unknown>>> {
  const files = await fs.readdir(profiles).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return [];
    throw storageError(cause, `listing ${profiles}`);
  });
  const found: [string, unknown][] = [];
  for (const file of files.filter((name) => name.endsWith('.json'))) {
    const text = await fs.readFile(join(profiles, file), 'utf8');
    found.push([basename(file, '.json'), parsed(text, join(profiles, file))]);
  }
  return Object.fromEntries(found);
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new PlayheadError('PH_CONFIG_INVALID', `${file} is no JSON: ${(cause as Error).message}`, { cause });
  }
}
