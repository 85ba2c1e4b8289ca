import { basename, dirname } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { listAll, type ObjectStore } from '../../lake/object-store.ts';
import { openEngine } from '../../pipeline/engine/bind.ts';
import { profileFile } from '../../pipeline/engine/generated-profiles.ts';
import { homeAt } from '../../pipeline/engine/home.ts';
import type { Profile } from '../../pipeline/engine/profile.ts';
import { copyFolder } from './copy-folder.ts';

/** The name by which processes of a home go by its profile, where its lake is a bucket. */
const profileName = 'chaos';

/** The lake of a home: in it, or, where the profile names a bucket, under a prefix of its own there. */
export function profileOfHome(profile: Profile, home: string): Profile {
  const { lake } = profile;
  if (lake.backend !== 's3') return profile;
  const prefix = `${lake.prefix ?? ''}${basename(dirname(home))}/${basename(home)}/`;
  return { ...profile, lake: { ...lake, prefix } };
}

/** What a process of the command line is told, to work in this home. */
export async function wordsOfHome(profile: Profile, home: string, { fs }: Effects): Promise<readonly string[]> {
  const { lake } = profileOfHome(profile, home);
  if (lake.backend !== 's3') return ['--home', home];
  await fs.mkdir(homeAt(home).profiles, { recursive: true });
  await fs.writeFile(profileFile(homeAt(home), profileName), JSON.stringify({ lake }));
  return ['--home', home, '--profile', profileName];
}

/** A home with all that is in it and in its lake: homes are laid out once, and copied for each round. */
export async function copyHome(profile: Profile, from: string, to: string, effects: Effects): Promise<void> {
  await copyFolder(from, to, effects);
  await inLake(profile, from, effects, (source) =>
    inLake(profile, to, effects, async (target) => {
      for await (const { key } of listAll(source, '')) await target.put(key, (await source.get(key)).body);
    }),
  );
}

/** Removes what a home's lake has in a bucket. */
export async function dropBucketLake(profile: Profile, home: string, effects: Effects): Promise<void> {
  await inLake(profile, home, effects, async (lake) => {
    for await (const { key } of listAll(lake, '')) await lake.delete(key);
  });
}

/** Does nothing where the lake lies in the home. */
async function inLake(
  profile: Profile,
  home: string,
  effects: Effects,
  work: (lake: ObjectStore) => Promise<void>,
): Promise<void> {
  if (profile.lake.backend !== 's3') return;
  const engine = openEngine({ pipelines: [], profile: profileOfHome(profile, home), home }, effects);
  try {
    await work(await engine.lake());
  } finally {
    await engine.close();
  }
}
