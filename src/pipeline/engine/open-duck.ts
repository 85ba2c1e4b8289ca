import { availableParallelism, totalmem } from 'node:os';
import type { Effects } from '../../base/effects.ts';
import { memoryBudget } from '../../base/memory-budget.ts';
import type { Duck, DuckSettings } from '../../duck/duck.ts';
import type { OpenHome } from './home.ts';
import type { HomeKeys } from './home-keys.ts';
import type { Profile } from './profile.ts';
import { makeTemporary } from './temporary.ts';

/** The converter's limit where DuckDB's own is not lower: what a conversion holds beyond it is spilled. */
const converterBytes = 256 * 1024 ** 2;

type OwnDuckSettings = Omit<DuckSettings, 'temporaryDirectory' | 'encryptsSpill'>;

/** DuckDB as the profile has it, else as the machine allows. */
export function duckSettings({ engine }: Profile): OwnDuckSettings {
  return {
    memoryBytes: engine.memoryBytes ?? memoryBudget(totalmem()).duckBytes,
    threads: engine.threads ?? availableParallelism(),
  };
}

/** Of one thread, for conversions that run side by side. */
export function converterSettings(profile: Profile): OwnDuckSettings {
  return { memoryBytes: Math.min(converterBytes, duckSettings(profile).memoryBytes), threads: 1 };
}

/** A DuckDB that spills into a folder of its own, which goes when it closes. */
export async function openDuckIn(
  home: OpenHome,
  { ring }: HomeKeys,
  settings: OwnDuckSettings,
  effects: Effects,
): Promise<Duck> {
  const { openDuck } = await import('../../duck/duck.ts');
  const temporaryDirectory = await makeTemporary(home, effects);
  const duck = await openDuck({ ...settings, temporaryDirectory, encryptsSpill: ring !== undefined });
  return {
    ...duck,
    close: async () => {
      await duck.close();
      await effects.fs.rm(temporaryDirectory, { recursive: true, force: true });
    },
  };
}
