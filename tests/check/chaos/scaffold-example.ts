import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Effects } from '../../../src/base/effects.ts';
import { mebibytes } from '../../../src/base/units.ts';
import { openDuck } from '../../../src/duck/duck.ts';
import { scaffoldProject } from '../../../src/pipeline/scaffold/scaffold-project.ts';

/** What `playhead init` writes without a sample: the pipeline `plays`. */
export async function scaffoldExample(directory: string, effects: Effects): Promise<void> {
  const temporaryDirectory = await mkdtemp(join(tmpdir(), 'playhead-scaffold-'));
  const duck = await openDuck({ memoryBytes: mebibytes(128), threads: 1, temporaryDirectory });
  try {
    await scaffoldProject({ directory }, { duck }, effects);
  } finally {
    await duck.close();
    await rm(temporaryDirectory, { recursive: true, force: true });
  }
}
