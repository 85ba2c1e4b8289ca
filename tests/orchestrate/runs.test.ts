import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { manualClock, testEffects } from '../../src/base/effects.ts';
import { isPlayheadError, PlayheadError } from '../../src/base/errors.ts';
import { createRunner, type RunHandlers } from '../../src/orchestrate/runner.ts';
import { openRuns, type RunEnd } from '../../src/orchestrate/runs.ts';
import { untoldSinceMs } from '../../src/orchestrate/untold-since.ts';

const unused = async (): Promise<never> => {
  throw new Error('not this kind');
};
const handlersWith = (job: RunHandlers['job']): RunHandlers => ({
  source: unused,
  delivery: unused,
  crawler: unused,
  lifecycle: unused,
  job,
});
const request = { address: 'shop.curate', kind: 'job', trigger: 'command', arguments: { to: 'now' } } as const;

describe('runs', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-runs-'));
    file = join(folder, 'runs.sqlite');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('lets the lines of one pipeline go that are older than asked, and keeps its runs', async () => {
    const clock = manualClock();
    const effects = testEffects({ clock });
    const runs = await openRuns(file, effects);
    const logging = createRunner(
      runs,
      handlersWith(async (_, { log }) => {
        log.log('info', 'old');
        await clock.advance(1000);
        log.log('info', 'new');
        return {};
      }),
      effects,
    );
    for (const address of ['shop.curate', 'shop2.curate'])
      await logging({ ...request, address }, new AbortController().signal);
    const said = (): string[] => runs.lines({ limit: 10 }).map(({ address, message }) => `${address} ${message}`);
    const beforeMs = clock.now() - 1000;
    assert.equal(runs.expireLines('shop', beforeMs, { dryRun: true }), 1);
    assert.equal(said().filter((line) => line.startsWith('shop.')).length, 2);
    assert.equal(runs.expireLines('shop', beforeMs), 1);
    assert.deepEqual(said(), ['shop.curate new', 'shop2.curate old', 'shop2.curate new']);
    assert.equal(runs.recent().length, 2);
    runs.close();
  });

  it('keeps input, output, duration, outcome and lines of a run that succeeded', async () => {
    const clock = manualClock();
    const effects = testEffects({ clock });
    const runs = await openRuns(file, effects);
    const run = createRunner(
      runs,
      handlersWith(async (_, { log }) => {
        log.log('info', 'read', { rows: 7n });
        await clock.advance(1500);
        return { written: 7n };
      }),
      effects,
    );
    assert.deepEqual(await run(request, new AbortController().signal), { written: 7n });
    const [recorded] = runs.recent();
    assert.deepEqual(recorded, {
      id: 1,
      address: 'shop.curate',
      kind: 'job',
      trigger: 'command',
      startedMs: Date.UTC(2025, 7, 11),
      durationMs: 1500,
      outcome: 'succeeded',
      input: { to: 'now' },
      output: { written: '7' },
    });
    assert.deepEqual(
      runs.lines({ limit: 10 }).map(({ message, fields }) => ({ message, fields })),
      [{ message: 'read', fields: { rows: '7' } }],
    );
    runs.close();
  });

  it('records a failure with its code and hint, and throws it on', async () => {
    const effects = testEffects();
    const runs = await openRuns(file, effects);
    const failure = new PlayheadError('PH_NOTHING_READ', 'read nothing', { hint: 'look at the source' });
    const run = createRunner(
      runs,
      handlersWith(() => Promise.reject(failure)),
      effects,
    );
    await assert.rejects(run(request, new AbortController().signal), failure);
    assert.equal(runs.recent()[0]?.outcome, 'failed');
    assert.deepEqual(runs.recent()[0]?.error, {
      code: 'PH_NOTHING_READ',
      message: 'read nothing',
      hint: 'look at the source',
    });
    assert.equal(runs.lines({ limit: 1 })[0]?.level, 'error');
    runs.close();
  });

  it('calls what broke off after the signal interrupted, not failed', async () => {
    const effects = testEffects();
    const runs = await openRuns(file, effects);
    const controller = new AbortController();
    const run = createRunner(
      runs,
      handlersWith(async (_, { signal }) => {
        controller.abort();
        signal.throwIfAborted();
        return {};
      }),
      effects,
    );
    await assert.rejects(run(request, controller.signal), (error) => isPlayheadError(error, 'PH_INTERRUPTED'));
    assert.equal(runs.recent()[0]?.outcome, 'interrupted');
    runs.close();
  });

  it('marks what a dead process left running as lost, and leaves the living alone', async () => {
    const code = `
      const { openRuns } = await import(${JSON.stringify(new URL('../../src/orchestrate/runs.ts', import.meta.url).href)});
      const { systemEffects } = await import(${JSON.stringify(new URL('../../src/base/effects.ts', import.meta.url).href)});
      const runs = await openRuns(${JSON.stringify(file)}, systemEffects());
      runs.start({ address: 'shop.curate', kind: 'job', trigger: 'command', input: {} });
      process.kill(process.pid, 'SIGKILL');`;
    const { signal } = spawnSync(process.execPath, [
      '--disable-warning=ExperimentalWarning',
      '--input-type=module',
      '-e',
      code,
    ]);
    assert.equal(signal, 'SIGKILL');
    const effects = testEffects();
    const living = await openRuns(file, effects);
    const own = living.start({ ...request, address: 'shop.own', input: {} });
    const other = await openRuns(file, effects);
    assert.deepEqual(
      other.recent().map(({ address, outcome }) => [address, outcome]),
      [
        ['shop.own', 'running'],
        ['shop.curate', 'lost'],
      ],
    );
    living.finish(own, { outcome: 'succeeded', durationMs: 1 });
    living.close();
    other.close();
  });

  it('says since when no run had its word: the first after one that succeeded, or that a check failed', async () => {
    const clock = manualClock();
    const runs = await openRuns(file, testEffects({ clock }));
    const since = (): Promise<number | undefined> => untoldSinceMs(runs, request.address);
    const ended = async (end: Omit<RunEnd, 'durationMs'>): Promise<number> => {
      await clock.advance(1000);
      runs.finish(runs.start({ ...request, input: {} }), { durationMs: 1, ...end });
      return clock.now();
    };
    assert.equal(await since(), undefined);
    const first = await ended({ outcome: 'interrupted' });
    runs.start({ ...request, input: {} });
    assert.equal(await since(), first, 'who asks is at work itself');
    await ended({ outcome: 'failed', error: { code: 'PH_CHECK_FAILED', message: 'held back' } });
    assert.equal(await since(), undefined);
    const broken = await ended({ outcome: 'failed', error: { code: 'PH_STORAGE_FAILED', message: 'full' } });
    for (let i = 0; i < 20; i += 1) await ended({ outcome: 'interrupted' });
    assert.equal(await since(), broken);
    await ended({ outcome: 'succeeded' });
    assert.equal(await since(), undefined);
    runs.close();
  });

  it('gives the last run of each address, and the lines after a line', async () => {
    const runs = await openRuns(file, testEffects());
    for (const address of ['a.x', 'a.y', 'a.x']) {
      const run = runs.start({ ...request, address, input: {} });
      runs.log(run, 'info', `line of ${run}`);
    }
    assert.deepEqual(
      runs.lastOfEach().map(({ id, address }) => [id, address]),
      [
        [2, 'a.y'],
        [3, 'a.x'],
      ],
    );
    assert.deepEqual(
      runs.lines({ addresses: ['a.x'], after: 1, limit: 10 }).map(({ message }) => message),
      ['line of 3'],
    );
    assert.deepEqual(
      runs.lines({ limit: 2 }).map(({ message }) => message),
      ['line of 2', 'line of 3'],
    );
    runs.close();
  });

  it('refuses a file that is not its own', async () => {
    writeFileSync(file, 'not a database, but long enough to be looked at as one'.repeat(40));
    await assert.rejects(
      openRuns(file, testEffects()),
      (error) => isPlayheadError(error, 'PH_STATE_CORRUPT') && /runs/.test(error.message),
    );
  });
});
