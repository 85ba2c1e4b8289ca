import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, hours, minutes } from '../../src/index.ts';
import type { CheckOutcome } from '../../src/quality/outcome.ts';
import { openTestPipeline, type TestPipeline } from '../../src/testing/index.ts';
import { plays } from '../pipeline/plays-pipeline.ts';

/** What the checks found, of the job and of the one downstream of it. */
async function verdicts(lake: TestPipeline): Promise<readonly unknown[]> {
  // A job's run ends with what its checks found, and with the runs downstream of it.
  const run = (await lake.run('curate')) as Checked & { readonly downstream: readonly Checked[] };
  return [run, ...run.downstream].map(({ checks }) => checks.map(({ verdict, found }) => [verdict, found]));
}

interface Checked {
  readonly checks: readonly CheckOutcome[];
}

test('a table is late however long ago its data came, on the clock on which they come', async () => {
  for (const later of [minutes(5), hours(25)]) {
    await using lake = await openTestPipeline(plays(check.freshness('at')), { now: '2025-08-11T12:00:00Z' });
    await lake.produce('plays', [{ id: 'a', at: '2025-08-11T11:59:00Z' }]);
    await lake.deliver();
    await lake.clock.advance(later);
    const found = later === minutes(5) ? ['passed', 'FRESH, 6 min behind'] : ['broken', 'DELAYED, 25 h 1 min behind'];
    assert.deepEqual(await verdicts(lake), [[found], [found]]);
  }
});

test('a record ahead of the clock makes a table not behind at all', async () => {
  await using lake = await openTestPipeline(plays(check.freshness('at')), { now: '2025-08-11T12:00:00Z' });
  await lake.produce('plays', [{ id: 'a', at: '2025-08-11T12:02:00Z' }]);
  await lake.deliver();
  assert.deepEqual((await verdicts(lake))[0], [['passed', 'FRESH, 0 ms behind']]);
});

test('a late record makes no table late', async () => {
  await using lake = await openTestPipeline(plays(check.freshness('at')), { now: '2025-08-11T12:00:00Z' });
  await lake.produce('plays', [{ id: 'a', at: '2025-08-11T11:59:00Z' }]);
  await lake.deliver();
  await lake.run('curate');
  await lake.produce('plays', [{ id: 'b', at: '2025-08-11T03:00:00Z' }]);
  await lake.deliver();
  assert.deepEqual((await verdicts(lake))[0], [['passed', 'FRESH, 1 min behind']]);
});
