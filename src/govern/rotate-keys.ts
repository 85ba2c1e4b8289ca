import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { type KeyRing, keyRingText, newMasterKey } from '../base/key-ring.ts';
import { systemCode } from '../lake/storage-error.ts';
import { readHomeEncryption, writeHomeEncryption } from './home-encryption.ts';
import { dataFiles, type KeyedPlaces, keysOfFile, rewrapFile } from './sealed-files.ts';

/** The home's files by the keys that open them. */
export interface KeyUsage {
  /** Files by key id. */
  readonly sealed: Readonly<Record<string, number>>;
  readonly plain: number;
}

export interface Rotation {
  /** Id of the key that opens everything that is sealed now. */
  readonly keyId: string;
  /** False where an earlier rotation was finished, or keys were changed by hand. */
  readonly newKey: boolean;
  readonly rewrapped: number;
  /** Ids that were dropped from the key file. */
  readonly forgotten: readonly string[];
  /** Files that are not encrypted: they were written before the home was. */
  readonly plain: number;
}

export async function keyUsage(home: KeyedPlaces, effects: Effects): Promise<KeyUsage> {
  const sealed: Record<string, number> = {};
  let plain = 0;
  for await (const file of dataFiles(home, effects)) {
    const ids = await keysOfFile(file, effects);
    if (ids === undefined) continue;
    if (ids.length === 0) plain += 1;
    for (const id of ids) sealed[id] = (sealed[id] ?? 0) + 1;
  }
  return { sealed, plain };
}

/**
 * Gives the home a new key: it is put first in the key file, then every file's data key is wrapped with it. One that was cut
 * off is finished by the next, with the same key. The former keys stay in the file, for processes that have them still,
 * until `forget` drops those that open nothing any more. Keys that come from the environment are the caller's to put
 * first; then this only wraps anew. Throws PH_KEY_INVALID, PH_KEY_MISSING, PH_STORAGE_*.
 */
export async function rotateKeys(
  home: KeyedPlaces,
  { ring, file }: { readonly ring: KeyRing; readonly file: string | undefined },
  { forget }: { readonly forget: boolean },
  effects: Effects,
): Promise<Rotation> {
  const before = await keyUsage(home, effects);
  const unfinished = Object.keys(before.sealed).some((id) => id !== ring.current.id);
  const marked = await readHomeEncryption(home.root, effects);
  const changedByHand = marked !== undefined && marked.keyId !== ring.current.id;
  const finishOnly = unfinished || changedByHand || forget;
  const rotated = finishOnly ? ring : await withNewKey(ring, file, effects);
  await writeHomeEncryption(home.root, rotated.current.id, effects);
  await effects.reached('keys.chosen');
  let count = 0;
  for await (const each of dataFiles(home, effects)) if (await rewrapFile(each, rotated, effects)) count += 1;
  const forgotten = forget ? await forgetUnused(home, rotated, file, effects) : [];
  return { keyId: rotated.current.id, newKey: rotated !== ring, rewrapped: count, forgotten, plain: before.plain };
}

async function withNewKey(ring: KeyRing, file: string | undefined, effects: Effects): Promise<KeyRing> {
  if (file === undefined)
    throw new PlayheadError('PH_KEY_INVALID', `${ring.from} begins with the key that is in use already`, {
      hint: '`playhead keys create` prints a new one: put it before the present one, with a comma, then run this again.',
    });
  const current = newMasterKey();
  const keys = [current, ...ring.keys];
  await writeKeyFile(file, keyRingText(keys), effects);
  return { ...ring, current, keys };
}

async function forgetUnused(
  home: KeyedPlaces,
  ring: KeyRing,
  file: string | undefined,
  effects: Effects,
): Promise<readonly string[]> {
  const { sealed } = await keyUsage(home, effects);
  const kept = ring.keys.filter(({ id }) => id === ring.current.id || sealed[id] !== undefined);
  const forgotten = ring.keys.filter((key) => !kept.includes(key)).map(({ id }) => id);
  if (file !== undefined && forgotten.length > 0) await writeKeyFile(file, keyRingText(kept), effects);
  return forgotten;
}

/** Makes a key file that is not there yet. PH_USAGE where something is: a key that is overwritten is data that is lost. */
export async function createKeyFile(file: string, effects: Effects): Promise<string> {
  const key = newMasterKey();
  try {
    await effects.fs.writeFile(file, keyRingText([key]), { flag: 'wx', mode: 0o600, flush: true });
  } catch (cause) {
    if (systemCode(cause) !== 'EEXIST') throw cause;
    throw new PlayheadError('PH_USAGE', `${file} is there already`, {
      hint: 'Name another file: a key that is overwritten is data that nobody can read again.',
    });
  }
  return key.id;
}

/** Whole or not at all: a key file that is half-written is a home that is lost. */
async function writeKeyFile(file: string, text: string, { fs }: Effects): Promise<void> {
  const aside = `${file}.${process.pid}.tmp`;
  await fs.writeFile(aside, text, { mode: 0o600, flush: true });
  await fs.rename(aside, file);
}
