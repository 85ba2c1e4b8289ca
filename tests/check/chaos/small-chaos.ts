import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemEffects } from '../../../src/base/effects.ts';
import { mebibytes } from '../../../src/base/units.ts';
import type { ChaosReport, RoundReport } from '../../../src/check/chaos/report.ts';
import { runChaos } from '../../../src/check/chaos/run-chaos.ts';
import { loadConfig } from '../../../src/pipeline/config/config.ts';
import { type Profile, resolveProfile } from '../../../src/pipeline/engine/profile.ts';

/** Rounds on the pipeline of a project, whose processes are those of the command line. */
export async function chaosIn(given: {
  readonly project: string;
  readonly pipeline: string;
  readonly rounds: readonly number[];
  readonly folder: string;
  readonly seed?: number;
  readonly events?: number;
  readonly workers?: number;
  readonly lake?: Profile['lake'];
  readonly onRound?: (report: RoundReport) => void;
}): Promise<ChaosReport> {
  const { project, pipeline, rounds, folder, seed = 1, events = 300, workers = 2, onRound } = given;
  const { pipelines, profiles } = await loadConfig(project);
  await mkdir(folder, { recursive: true });
  const embedded = resolveProfile('embedded', profiles);
  const profile = { ...embedded, lake: given.lake ?? embedded.lake };
  return runChaos(
    {
      pipelines,
      pipeline,
      profile: { ...profile, engine: { ...profile.engine, threads: 1, memoryBytes: mebibytes(128) } },
      seed,
      rounds,
      events,
      folder,
      workers,
      child: {
        script: join(import.meta.dirname, '../../../src/cli/struck-main.ts'),
        workingDirectory: project,
        // Without a cache of the compiled sources, starting takes three times as long as the work.
        env: { NODE_COMPILE_CACHE: join(tmpdir(), 'playhead-chaos-compiled'), ...process.env },
      },
      signal: new AbortController().signal,
      ...(onRound === undefined ? {} : { onRound }),
    },
    systemEffects(),
  );
}
