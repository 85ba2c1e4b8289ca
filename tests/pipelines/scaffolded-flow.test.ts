import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { systemEffects } from '../../src/base/effects.ts';
import { openDuck } from '../../src/duck/duck.ts';
import { minutes } from '../../src/index.ts';
import { loadConfig } from '../../src/pipeline/config/config.ts';
import { scaffoldProject } from '../../src/pipeline/scaffold/scaffold-project.ts';
import { openTestPipeline } from '../../src/testing/index.ts';

it('a pipeline that init makes carries its sample through its own schedules, each key once', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'playhead-scaffolded-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const directory = join(folder, 'plays');
  const duck = await openDuck({ memoryBytes: 256 * 1024 ** 2, threads: 1, temporaryDirectory: join(folder, 'duck') });
  const made = await scaffoldProject({ directory }, { duck }, systemEffects());
  await duck.close();
  const file = made.files.find((path) => path.endsWith('.ndjson'));
  assert.ok(file !== undefined);
  const lines = readFileSync(join(directory, file), 'utf8').trim().split('\n');
  const plays = new Set(lines).size;
  const { pipelines } = await loadConfig(directory);
  await using lake = await openTestPipeline(pipelines, { now: '2025-08-11T12:00:00Z' });
  await lake.produce('records', [...lines, lines[0], 'no record'].join('\n'));
  await lake.clock.advance(minutes(10));
  assert.equal((await lake.rows('curated')).length, plays);
  await lake.assertAddsUp({
    produced: lines.length + 2,
    delivered: plays,
    deduplicated: lines.length - plays + 1,
    quarantined: 1,
    pending: 0,
  });
});
