import type { Random } from '../../base/random.ts';
import { type ObjectStore, readAll } from '../../lake/object-store.ts';
import type { DamageKind } from './round-plan.ts';

/** Does to an object of a bucket what a file meets on a disk; returns what puts it back. */
export async function damageObject(
  lake: ObjectStore,
  key: string,
  how: DamageKind,
  random: Random,
): Promise<() => Promise<void>> {
  const { bytes } = await readAll(lake, key);
  if (how === 'gone') await lake.delete(key);
  else await lake.put(key, damagers[how](bytes, random));
  return async () => {
    await lake.put(key, bytes);
  };
}

const damagers: Readonly<Record<Exclude<DamageKind, 'gone'>, (bytes: Uint8Array, random: Random) => Uint8Array>> = {
  flip: (bytes, random) => {
    const flipped = Uint8Array.from(bytes);
    const at = random.uint32() % Math.max(1, flipped.length);
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (random.uint32() % 8));
    return flipped;
  },
  cut: (bytes, random) => bytes.subarray(0, Math.floor(bytes.length / 2 + (random.float() * bytes.length) / 4)),
};
