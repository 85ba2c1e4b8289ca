import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { missingKey } from '../base/envelope.ts';
import { PlayheadError } from '../base/errors.ts';
import { type KeyRing, keyOf } from '../base/key-ring.ts';
import { systemCode } from '../lake/storage-error.ts';
import { homeFiles } from './home-files.ts';
import type { KeySearch } from './open-key-ring.ts';

/** Says of a home that it is encrypted, and which key was the current one last. Holds no key. */
export interface HomeEncryption {
  readonly format: 1;
  readonly keyId: string;
}

function encryptionFile(home: string): string {
  return join(home, homeFiles.encryption);
}

/**
 * The ring for a home. Undefined where it is not encrypted and no key is given. An encrypted home without its key is
 * PH_KEY_MISSING, before anything is read or written: plain text would be mixed in, or what is there taken for damaged.
 * A home that a key is given for the first time becomes an encrypted one: what is written from now on is sealed.
 */
export async function ringForHome(
  home: string,
  { found, looked }: KeySearch,
  mayWrite: boolean,
  effects: Effects,
): Promise<KeyRing | undefined> {
  const marked = await readHomeEncryption(home, effects);
  if (found === undefined) {
    if (marked === undefined) return undefined;
    throw missingKey(`the home ${home}`, [marked.keyId], looked);
  }
  const { ring } = found;
  if (marked === undefined) {
    if (mayWrite) await writeHomeEncryption(home, ring.current.id, effects);
  } else if (keyOf(ring, marked.keyId) === undefined) {
    const ids = ring.keys.map(({ id }) => id).join(', ');
    throw missingKey(`the home ${home}`, [marked.keyId], [`${ring.from} (which holds ${ids})`]);
  }
  return ring;
}

export async function readHomeEncryption(home: string, effects: Effects): Promise<HomeEncryption | undefined> {
  const file = encryptionFile(home);
  try {
    const parsed: unknown = JSON.parse(await effects.fs.readFile(file, 'utf8'));
    if (typeof parsed === 'object' && parsed !== null && 'keyId' in parsed && typeof parsed.keyId === 'string')
      return { format: 1, keyId: parsed.keyId };
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    if (!(cause instanceof SyntaxError)) throw cause;
  }
  throw new PlayheadError(
    'PH_STATE_CORRUPT',
    `${file} is damaged: it does not say which key this home is encrypted with`,
    {
      hint: 'It holds one line: {"format":1,"keyId":"…"}, with the id that `playhead keys` shows of your key.',
      details: { file },
    },
  );
}

/** Whole or not at all. */
export async function writeHomeEncryption(home: string, keyId: string, { fs }: Effects): Promise<void> {
  const file = encryptionFile(home);
  const aside = `${file}.${process.pid}.tmp`;
  await fs.writeFile(aside, `${JSON.stringify({ format: 1, keyId } satisfies HomeEncryption)}\n`, { flush: true });
  await fs.rename(aside, file);
}
