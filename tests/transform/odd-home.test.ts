import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { check } from '../../src/quality/definition.ts';
import { failedOutput } from '../../src/transform/failed-output.ts';
import { mendBySql } from '../../src/transform/mend-by-sql.ts';
import { replayJob, runJob } from '../../src/transform/run-job.ts';
import { curateJob, openBench, play, setSeconds } from './job-bench.ts';

const effects = testEffects();

for (const name of ['id=zzz/seconds=7', 'source=eu/_bucket=3', "o'brien", 'a[b]c*d'])
  test(`a home under ${name} changes no record, and hides none`, async () => {
    const above = await fs.mkdtemp(join(tmpdir(), 'playhead-odd-'));
    const bench = await openBench(effects, join(above, name));
    try {
      const job = curateJob({ checks: [check.oneOf('device', ['tv'], { severity: 'fail' })] });
      const key = await bench.land(play(1), play(2, { at: '2025-08-11T11:00:00Z' }), play(3, { seconds: -3 }));
      const run = await runJob(job, bench, effects);
      assert.deepEqual(await bench.quarantined(run.quarantine), [
        ['out_of_range', key, 2n, JSON.stringify(play(3, { seconds: -3 }))],
      ]);
      await replayJob(job, await mendBySql(job.input.table.record, setSeconds, undefined), bench, effects);
      assert.deepEqual(await bench.curated('SELECT id, seconds FROM plays ORDER BY id'), [
        ['P1', 1],
        ['P2', 2],
        ['P3', 3],
      ]);
      const again = await bench.land(play(1), play(4, { device: 'web' }));
      await assert.rejects(runJob(job, bench, effects), (error) => isPlayheadError(error, 'PH_CHECK_FAILED'));
      const rows = (await failedOutput(bench.store, job.name))?.rows ?? '';
      await using session = await bench.duck.connect();
      await fs.copyFile(await bench.store.localFile(rows), join(above, 'rows.parquet'));
      const file = join(above, 'rows.parquet');
      assert.deepEqual((await session.all(`SELECT source, row FROM '${file}'`)).rows, [[again, 1n]]);
    } finally {
      await bench.close();
      await fs.rm(above, { recursive: true });
    }
  });
