import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { type KeyRing, parseKeyRing } from '../base/key-ring.ts';

/** Where a profile says that the master keys are. Never what they are. */
export type KeySettings =
  | { readonly backend: 'file'; readonly path: string; readonly spoolBytes?: number }
  | { readonly backend: 'env'; readonly variable: string; readonly spoolBytes?: number };

/** The master keys, and the file that a rotation adds one to, where they stand in one. */
export interface FoundKeys {
  readonly ring: KeyRing;
  readonly file?: string;
}

/** Where keys were looked for, in the order of looking, and what was there. */
export interface KeySearch {
  readonly found?: FoundKeys;
  readonly looked: readonly string[];
}

/**
 * Looks for the master keys: where the profile says, else in the file that PLAYHEAD_KEY_FILE names, else in PLAYHEAD_KEY.
 * A place that is named and holds no key is PH_KEY_INVALID: going on without would write plain text where none was wanted.
 */
export async function findKeys(settings: KeySettings | undefined, effects: Effects): Promise<KeySearch> {
  if (settings?.backend === 'file')
    return { found: await keysOfFile(settings.path, 'the profile', effects), looked: [] };
  if (settings?.backend === 'env') {
    const value = effects.env[settings.variable] ?? '';
    if (value === '') throw noKey(`the profile's environment variable ${settings.variable} is not set`);
    const from = `the environment variable ${settings.variable}`;
    return { found: { ring: parseKeyRing(value, from) }, looked: [from] };
  }
  const file = effects.env['PLAYHEAD_KEY_FILE'] ?? '';
  if (file !== '') return { found: await keysOfFile(file, 'PLAYHEAD_KEY_FILE', effects), looked: [] };
  const value = effects.env['PLAYHEAD_KEY'] ?? '';
  if (value !== '') return { found: { ring: parseKeyRing(value, 'PLAYHEAD_KEY') }, looked: [] };
  return { looked: ['the profile (no `encryption`)', 'PLAYHEAD_KEY_FILE (not set)', 'PLAYHEAD_KEY (not set)'] };
}

async function keysOfFile(path: string, namedBy: string, effects: Effects): Promise<FoundKeys> {
  const text = await effects.fs.readFile(path, 'utf8').catch((cause: unknown) => {
    throw noKey(`the key file ${path}, which ${namedBy} names, can't be read`, cause);
  });
  return { ring: parseKeyRing(text, `the file ${path}`), file: path };
}

function noKey(message: string, cause?: unknown): PlayheadError {
  return new PlayheadError('PH_KEY_MISSING', message, {
    hint: 'Put the key back. `playhead keys create FILE` makes a new one, which opens nothing that was written with another.',
    ...(cause === undefined ? {} : { cause }),
  });
}
