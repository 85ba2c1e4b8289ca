import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { seriesKey } from '../../src/commit/series-keys.ts';
import { check } from '../../src/quality/definition.ts';
import type { BoundJob } from '../../src/transform/bound-job.ts';
import { runJob } from '../../src/transform/run-job.ts';
import { type Bench, curateJob, downstreamJobs, openBench, play } from './job-bench.ts';

const effects = testEffects();

/** SQL that gives other rows when a plan is done again is played by a change of the SQL in the plan: what it would give is then known. */
describe('a plan that is done again with other rows than were judged', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await openBench(effects);
  });
  afterEach(() => bench.close());

  async function dieAt(step: string, times: number, job: BoundJob): Promise<void> {
    let left = times;
    const dying = testEffects({
      reached: (reached) => {
        if (reached !== step) return;
        left -= 1;
        if (left === 0) throw new Error('dead');
      },
    });
    await assert.rejects(runJob(job, bench, dying), /dead/);
  }
  async function alterPlan({ name }: BoundJob, n: number, from: string, to: string): Promise<void> {
    const key = seriesKey(name, 'plan', n);
    const parts: Uint8Array[] = [];
    for await (const part of (await bench.store.get(key)).body) parts.push(part);
    const text = Buffer.concat(parts).toString();
    assert.ok(text.includes(from), text);
    await bench.store.put(key, Buffer.from(text.replace(from, to)));
  }
  const isStopped = (error: unknown): boolean => isPlayheadError(error, 'PH_CHECK_FAILED');
  const seconds = async (table: string): Promise<number[]> =>
    (await bench.rows(table)).map((row) => Number(row[3])).sort((a, b) => a - b);

  const [daily] = downstreamJobs({ checks: [check.range('seconds', { max: 99 }, { severity: 'fail' })] });
  async function landTwoDays(): Promise<void> {
    await bench.land(play(1, { at: '2025-08-11T10:00:00Z' }), play(4, { at: '2025-08-12T09:00:00Z' }));
    await runJob(curateJob(), bench, effects);
  }

  it('publishes none of them that a check forbids', async () => {
    await landTwoDays();
    await dieAt('job.planned', 1, daily);
    await alterPlan(daily, 0, 'athena_sum(sum(', '100 + athena_sum(sum(');
    await assert.rejects(runJob(daily, bench, effects), isStopped);
    assert.deepEqual(await bench.rows('play_days'), []);
    await alterPlan(daily, 0, '100 + athena_sum(sum(', 'athena_sum(sum(');
    await runJob(daily, bench, effects);
    assert.deepEqual(await seconds('play_days'), [1, 4]);
  });

  it('is stopped no more by a check that only warns by now, as the failure says', async () => {
    await landTwoDays();
    await dieAt('job.planned', 1, daily);
    await alterPlan(daily, 0, 'athena_sum(sum(', '100 + athena_sum(sum(');
    await assert.rejects(runJob(daily, bench, effects), (error) => {
      assert.ok(isPlayheadError(error, 'PH_CHECK_FAILED'));
      assert.match(
        error.hint ?? '',
        /finished plan 0 of a run before it[\s\S]*Run the job again[\s\S]*severity 'warn'/,
      );
      return true;
    });
    const [warning] = downstreamJobs({ checks: [check.range('seconds', { max: 99 }, { severity: 'warn' })] });
    const run = await runJob(warning, bench, effects);
    assert.deepEqual(
      run.checks.map(({ severity, verdict }) => [severity, verdict]),
      [['warn', 'broken']],
    );
    assert.deepEqual(await seconds('play_days'), [101, 104]);
  });

  it('goes on with what was published before, and judges the rest', async () => {
    await landTwoDays();
    await dieAt('job.object', 1, daily);
    await alterPlan(daily, 0, 'athena_sum(sum(', '90 + athena_sum(sum(');
    const run = await runJob(daily, bench, effects);
    assert.deepEqual(
      run.checks.map(({ verdict }) => verdict),
      ['passed'],
    );
    assert.deepEqual(await seconds('play_days'), [1, 94]);
  });

  it('holds for a job of records too', async () => {
    const sql = {
      text: 'SELECT id, at, seconds + row_number() OVER (ORDER BY id) AS seconds, share, device, city, from_iso8601_timestamp(at) AS played FROM media.plays_json',
      path: 'curate.sql',
    };
    const job = curateJob({ sql, checks: [check.unique(['seconds'])] });
    await bench.land(play(1), play(2));
    await dieAt('job.planned', 1, job);
    await alterPlan(job, 0, '\\" + row_number()', '\\" + 10 + row_number()');
    await runJob(job, bench, effects);
    assert.equal((await bench.curated('SELECT id FROM plays')).length, 2, 'other rows that pass are published');
    await bench.land(play(3), play(4));
    await dieAt('job.planned', 1, job);
    await alterPlan(job, 1, '\\" + row_number()', '\\" - seconds + 0 * row_number()');
    await assert.rejects(runJob(job, bench, effects), isStopped);
    assert.equal((await bench.curated('SELECT id FROM plays')).length, 2);
    await runJob(curateJob({ sql }), bench, effects);
    assert.equal((await bench.curated('SELECT id FROM plays')).length, 4, 'a check that is gone stops nothing');
  });
});
