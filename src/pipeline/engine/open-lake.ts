import { join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import type { OpenHome } from './home.ts';
import type { HomeKeys } from './home-keys.ts';
import { mustListen } from './must-listen.ts';
import type { Profile, S3Lake } from './profile.ts';
import { makeTemporary, sweepTemporary } from './temporary.ts';

/** Decrypted copies share the disk with everything else. */
const defaultSpoolBytes = 8 * 1024 ** 3;

/** The profile's lake; what is decrypted or copied for this call alone goes when it closes. */
export async function openLake(
  home: OpenHome,
  profile: Profile,
  { ring }: HomeKeys,
  effects: Effects,
): Promise<ObjectStore> {
  if (profile.lake.backend === 's3') {
    await mustListen('lake', profile);
    return openS3Lake(home, profile.lake, ring, effects);
  }
  const { versioning = false } = profile.lake;
  // What a process that was killed had decrypted goes at the next start, also where nothing is decrypted then.
  if (ring !== undefined && home.access === 'write') await sweepTemporary(home, effects);
  let made: Promise<string> | undefined;
  const folder = (): Promise<string> => {
    made ??= makeTemporary(home, effects);
    return made;
  };
  const sealing = ring && { ring, spool: { folder, limitBytes: profile.encryption?.spoolBytes ?? defaultSpoolBytes } };
  const settings = { versioning, sealing };
  const store =
    home.access === 'write'
      ? await (await import('../../lake/file.ts')).openFileStore(home.lake, effects, settings)
      : await (await import('../../lake/file-read-only.ts')).openReadOnlyFileStore(home.lake, effects, settings);
  return {
    ...store,
    close: async () => {
      await store.close();
      if (made !== undefined) await effects.fs.rm(await made, { recursive: true, force: true });
    },
  };
}

/** Encryption at rest is the bucket's there: copies that DuckDB reads would lie plain on this disk. */
async function openS3Lake(
  home: OpenHome,
  lake: S3Lake,
  ring: HomeKeys['ring'],
  effects: Effects,
): Promise<ObjectStore> {
  if (ring !== undefined)
    throw new PlayheadError('PH_CONFIG_INVALID', 'a lake on S3 is encrypted by the bucket, not by a key of the home', {
      hint: "Leave out the profile's encryption, and set lake.encryption: { kind: 's3' } or { kind: 'kms', keyId }.",
    });
  const { openS3Store } = await import('../../lake/s3.ts');
  const { cacheBytes } = lake;
  const limit = cacheBytes === undefined ? {} : { limitBytes: cacheBytes };
  if (home.access === 'write') return openS3Store(lake, { folder: join(home.cache, 'objects'), ...limit }, effects);
  // Copies are for DuckDB to read: where the home takes none, they are this call's alone.
  const folder = await makeTemporary(home, effects);
  const forget = (): Promise<void> => effects.fs.rm(folder, { recursive: true, force: true });
  const store = await openS3Store(lake, { folder, ...limit }, effects).catch(async (cause: unknown) => {
    await forget();
    throw cause;
  });
  const close = async (): Promise<void> => {
    await store.close();
    await forget();
  };
  return { ...(await import('../../lake/read-only.ts')).readOnly(store, `s3://${lake.bucket}`), close };
}
