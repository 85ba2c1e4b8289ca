import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { manualClock, testEffects } from '../../src/base/effects.ts';
import { PlayheadError } from '../../src/base/errors.ts';
import { type MetricHistory, openHistory } from '../../src/observe/history.ts';
import { measuring } from '../../src/observe/measures.ts';
import { metricsKeeper } from '../../src/observe/metrics-keeper.ts';
import { recorder } from '../../src/observe/recorder.ts';
import { readUnkept } from '../../src/observe/unkept.ts';

const series = { instrument: 'playhead.run.duration', attributes: { address: 'shop.curate' } };
const startMs = Date.UTC(2025, 7, 11, 12);

describe('a keeper of what is measured', () => {
  let folder: string;
  let opened: MetricHistory;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-keeper-'));
    opened = openHistory(join(folder, 'metrics.sqlite'));
  });
  after(() => {
    opened.close();
    rmSync(folder, { recursive: true });
  });

  /** A keeper whose disk is full while `disk.full` says so. */
  function keeping(name: string) {
    const warnings: string[] = [];
    const clock = manualClock(startMs);
    const effects = testEffects({ clock, log: { log: (_, message) => warnings.push(message) } });
    const disk = { full: true };
    const recorded = recorder(clock);
    const write: MetricHistory['write'] = (slots) => {
      if (disk.full) throw new PlayheadError('PH_STORAGE_FULL', 'no room left to write metrics.sqlite');
      opened.write(slots);
    };
    const file = join(folder, `${name}.ndjson`);
    const keeper = metricsKeeper(async () => ({ ...opened, write }), recorded, file, effects);
    const unkept = () => readUnkept(file, effects);
    return { measure: measuring(recorded.meter), keeper, disk, warnings, unkept };
  }

  it('gives up at its end what finds no room, counts it and says so once', async () => {
    const { measure, keeper, warnings, unkept } = keeping('full');
    await keeper.keep();
    measure('run.duration', 1, 'shop.curate');
    await assert.rejects(keeper.write(), { code: 'PH_STORAGE_FULL' });
    measure('run.duration', 2, 'shop.curate');
    measure('run.failures', 0, 'shop.curate');
    await keeper.end();
    assert.deepEqual(await unkept(), { measurements: 3, lastMs: startMs, why: 'no room left to write metrics.sqlite' });
    assert.deepEqual(warnings, [
      "what is measured can't be kept, the work goes on: no room left to write metrics.sqlite",
    ]);
    const more = keeping('full');
    more.measure('run.duration', 3, 'shop.curate');
    await more.keeper.keep();
    await more.keeper.end();
    assert.equal((await unkept())?.measurements, 4);
  });

  it('loses nothing where there is room again before its end', async () => {
    const { measure, keeper, disk, unkept } = keeping('room');
    measure('run.duration', 5, 'shop.curate');
    await assert.rejects(keeper.write());
    disk.full = false;
    await keeper.end();
    assert.equal(await unkept(), undefined);
    assert.equal(opened.read(series, startMs + 60_000, 60_000, 1)[0]?.sum, 5);
  });

  it('keeps nothing, and counts nothing, where nobody asked for it', async () => {
    const { measure, keeper, warnings, unkept } = keeping('unasked');
    measure('run.duration', 1, 'shop.curate');
    await keeper.end();
    assert.deepEqual([warnings, await unkept()], [[], undefined]);
  });
});
