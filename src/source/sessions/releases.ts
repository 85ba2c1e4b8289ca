import type { SessionModel } from './model.ts';

const dayMs = 86_400_000;

/** The app's releases: one train, which each device follows with a lag of its own. */
export interface AppReleases {
  /** The release that a device runs at a time, as `major * 1000 + minor * 100 + patch`; `unit` in [0, 1) is its lag. */
  at(atMs: number, unit: number): number;
  /** `3412` → `3.4.12`. */
  version(release: number): string;
}

export function appReleases(releases: SessionModel['releases']): AppReleases {
  const firstMs = Date.parse(releases.date);
  const [major, minor, patch] = releases.version;
  const first = (major - 1) * 1000 + minor * 100 + patch;
  return {
    at: (atMs, unit) => {
      const days = (atMs - firstMs) / dayMs + Math.log(1 - unit) * releases.adoptionDays;
      // As an integer: the remainders of other numbers are slow.
      const number = (first + Math.floor(days / releases.everyDays)) | 0;
      // Majors go from 1 to 5 and around.
      return 1000 + (((number % 5000) + 5000) % 5000);
    },
    version: (release) => `${Math.floor(release / 1000)}.${Math.floor(release / 100) % 10}.${release % 100}`,
  };
}
