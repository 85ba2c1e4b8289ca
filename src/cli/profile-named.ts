import type { Effects } from '../base/effects.ts';
import type { LoadedConfig } from '../pipeline/config/config.ts';
import { homeAt } from '../pipeline/engine/home.ts';
import type { Profile } from '../pipeline/engine/profile.ts';

/** The profile of that name: embedded, of the config, or of a file that whoever started servers wrote into the home. */
export async function profileNamed(
  name: string,
  { profiles, file }: Pick<LoadedConfig, 'profiles' | 'file'>,
  home: string,
  effects: Effects,
): Promise<Profile> {
  const { resolveProfile } = await import('../pipeline/engine/profile.ts');
  const { generatedProfiles, profileFile } = await import('../pipeline/engine/generated-profiles.ts');
  // What was written by hand comes first; what is embedded needs no file of the home to be whole.
  const known = name === 'embedded' ? profiles : { ...(await generatedProfiles(homeAt(home), effects)), ...profiles };
  return resolveProfile(name, known, (of) => (of in profiles ? file : profileFile(homeAt(home), of)));
}
