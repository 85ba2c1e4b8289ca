import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDuck } from '../../../src/duck/duck.ts';
import type { EventTime } from '../../../src/duck/inferred-record.ts';
import { partitionGrain } from '../../../src/pipeline/scaffold/partition-grain.ts';

test('a partition is an hour, a day or all, as the event times of a sample suit', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'partition-grain-'));
  const duck = await openDuck({ memoryBytes: 64 * 1024 ** 2, threads: 1, temporaryDirectory: folder });
  {
    await using session = await duck.connect();
    const grainOf = async (stepMs: number, time: Omit<EventTime, 'field'>, records = 200): Promise<unknown> => {
      const file = join(folder, 'sample.ndjson');
      const values = Array.from({ length: 200 }, (_, i) => Date.UTC(2025, 0, 1) + i * stepMs);
      const text = (ms: number): string => new Date(ms).toISOString().slice(0, time.of === 'date' ? 10 : 24);
      const said = values.map((ms) => (time.epoch === undefined ? `"${text(ms)}"` : ms / 1000));
      await writeFile(file, said.map((at) => `{"at":${at}}\n`).join(''));
      return partitionGrain(session, file, { fields: [], records, eventTime: { field: 'at', ...time } });
    };
    const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 86_400_000];
    assert.equal(await grainOf(minuteMs, { of: 'timestamp' }), 'hour');
    assert.equal(await grainOf(hourMs, { of: 'timestamp', epoch: 'seconds' }), 'day');
    assert.equal(
      await grainOf(hourMs, { of: 'timestamp' }, 2_000_000),
      'hour',
      'ten thousand records are worth a partition',
    );
    assert.equal(await grainOf(minuteMs, { of: 'date' }), 'day');
    assert.equal(await grainOf(dayMs, { of: 'date' }), undefined);
  }
  await duck.close();
  await rm(folder, { recursive: true });
});
