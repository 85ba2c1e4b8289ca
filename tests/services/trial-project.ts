import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePlaysProject } from '../cli/plays-project.ts';

/** What a call of the command line adds to go by the trial profile. */
export const byTrial = ['--profile', 'trial'] as const;

/** The plays project in a folder, whose home takes a trial profile. */
export function writeTrialProject(folder: string): void {
  writePlaysProject(folder);
  mkdirSync(join(folder, '.playhead/profiles'), { recursive: true });
}

/** Puts a profile into a trial project's home, in the place of the one before. */
export function writeTrialProfile(folder: string, profile: Readonly<Record<string, unknown>>): void {
  writeFileSync(join(folder, '.playhead/profiles/trial.json'), JSON.stringify(profile));
}
