import type { Effects } from '../../base/effects.ts';
import { type FieldCipher, fieldCipher, plainFields } from '../../base/field-cipher.ts';
import type { KeyRing } from '../../base/key-ring.ts';
import { ringForHome } from '../../govern/home-encryption.ts';
import { findKeys } from '../../govern/open-key-ring.ts';
import type { OpenHome } from './home.ts';
import type { Profile } from './profile.ts';

/** Keys of a home; no ring where it is not encrypted. */
export interface HomeKeys {
  readonly ring: KeyRing | undefined;
  /** Where a rotation adds a key. */
  readonly file: string | undefined;
}

/** Finds the keys that the profile tells of. PH_KEY_MISSING where the home is encrypted and its key is not there. */
export async function keysOf(home: OpenHome, profile: Profile, effects: Effects): Promise<HomeKeys> {
  const found = await findKeys(profile.encryption, effects);
  const ring = await ringForHome(home.root, found, home.access === 'write', effects);
  return { ring, file: found.found?.file };
}

/** Seals the texts that this home's databases hold; plain where nothing is encrypted. */
export async function fieldCipherOf(home: OpenHome, { ring }: HomeKeys, effects: Effects): Promise<FieldCipher> {
  // Where nothing can be written, a key that is not there can't be made, and seals nothing.
  const there = effects.fs.lstatSync(home.fieldKeyFile, { throwIfNoEntry: false }) !== undefined;
  const usable = ring !== undefined && (there || home.access === 'write');
  return usable ? fieldCipher(home.fieldKeyFile, ring, effects) : plainFields;
}
