import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acmeDetectors } from '../../../pipelines/acme/detectors.ts';
import { openDuck, sqlString } from '../../../src/duck/duck.ts';
import type { DetectorDefinition } from '../../../src/insight/definition.ts';
import type { FoundIncident } from '../../../src/insight/incident.ts';
import { Watch } from '../../../src/insight/watch.ts';
import { type SimulatedViewing, simulateCells } from './simulated-viewing.ts';

/** Simulates, aggregates and watches; resolves with what ACME's detector, or a variant of it, finds. */
export async function evaluate(
  viewing: SimulatedViewing,
  detector: DetectorDefinition = acmeDetectors.viewing,
): Promise<readonly FoundIncident[]> {
  const folder = await mkdtemp(join(tmpdir(), 'playhead-evaluation-'));
  try {
    const path = join(folder, 'cells.parquet');
    await simulateCells(viewing, path);
    return await watchCells(path, viewing, detector);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Watches cells that `simulateCells` wrote. */
async function watchCells(
  path: string,
  { fromMs, days }: Pick<SimulatedViewing, 'fromMs' | 'days'>,
  detector: DetectorDefinition = acmeDetectors.viewing,
): Promise<readonly FoundIncident[]> {
  const watch = new Watch(detector, { fromMs, toMs: fromMs + days * 86_400_000 });
  const dimensions = Object.keys(detector.dimensions).length;
  const duck = await openDuck({ memoryBytes: 256 * 1024 ** 2, threads: 1, temporaryDirectory: tmpdir() });
  try {
    await using session = await duck.connect();
    for await (const { rows } of session.stream(`SELECT * FROM read_parquet(${sqlString(path)}) ORDER BY 1`)) {
      for (const [step, ...rest] of rows)
        watch.add({
          step: Number(step),
          values: rest.slice(0, dimensions).map((value) => String(value ?? '')),
          counts: rest.slice(dimensions).map(Number),
        });
    }
    return watch.end();
  } finally {
    await duck.close();
  }
}
