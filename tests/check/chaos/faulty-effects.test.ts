import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Effects, testEffects } from '../../../src/base/effects.ts';
import type { FaultPlan, StorageFaultKind } from '../../../src/check/chaos/fault-plan.ts';
import { faultyEffects } from '../../../src/check/chaos/faulty-effects.ts';

class Died extends Error {}

describe('effects that bring faults', () => {
  let home: string;
  let said: string[];
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'playhead-faulty-'));
    said = [];
    for (const area of ['log', 'lake']) await mkdir(join(home, area));
  });
  afterEach(() => rm(home, { recursive: true }));

  const effectsWith = (plan: Omit<FaultPlan, 'home'>): Effects =>
    faultyEffects({ home, ...plan }, testEffects(), {
      say: (line) => said.push(line),
      awaitWord: () => said.push('waits'),
      die: () => {
        throw new Died();
      },
    });
  const storage = (kind: StorageFaultKind, at: number): Effects => effectsWith({ storage: { kind, area: 'lake', at } });

  async function write(effects: Effects, area: 'log' | 'lake', text: string): Promise<void> {
    const file = await effects.fs.open(join(home, area, 'file'), 'w');
    try {
      await file.writeFile(Buffer.from(text));
      await file.sync();
    } finally {
      await file.close();
    }
  }
  const stored = (area: 'log' | 'lake'): Promise<string> => readFile(join(home, area, 'file'), 'utf8');

  it('fail a write before, in the middle of, or after it', async () => {
    const found: Record<string, string> = {};
    for (const kind of ['error', 'torn', 'unanswered'] as const) {
      await assert.rejects(write(storage(kind, 1), 'lake', 'whole'), { code: 'EIO' });
      found[kind] = await stored('lake');
    }
    assert.deepEqual(found, { error: '', torn: 'wh', unanswered: 'whole' });
  });

  it('die in the middle of a write', async () => {
    await assert.rejects(write(storage('cut-off', 1), 'lake', 'whole'), Died);
    assert.equal(await stored('lake'), 'wh');
  });

  it('fill the disk for good', async () => {
    const effects = storage('full', 2);
    await assert.rejects(write(effects, 'lake', 'once'), { code: 'ENOSPC' });
    await assert.rejects(write(effects, 'lake', 'again'), { code: 'ENOSPC' });
    await assert.rejects(effects.fs.link(join(home, 'lake/file'), join(home, 'lake/other')), { code: 'ENOSPC' });
  });

  it('leave the other area, and what comes before and after, alone', async () => {
    const effects = storage('error', 3);
    await write(effects, 'log', 'log');
    await write(effects, 'lake', 'first');
    await assert.rejects(write(effects, 'lake', 'second'), { code: 'EIO' });
    await write(effects, 'lake', 'third');
    assert.deepEqual([await stored('log'), await stored('lake')], ['log', 'third']);
    assert.deepEqual(said, ['at work', 'storage']);
  });

  it('fail a read, and no write', async () => {
    const effects = storage('unreadable', 1);
    await write(effects, 'lake', 'there');
    const file = await effects.fs.open(join(home, 'lake/file'), 'r');
    await assert.rejects(file.read(Buffer.alloc(1), 0, 1, 0), { code: 'EIO' });
    await file.close();
  });

  it('move wall time, from a reading on, and no other', () => {
    const { clock } = effectsWith({ clock: { jumpMs: -1000, atReading: 2 } });
    const [first, second] = [clock.now(), clock.now()];
    assert.equal(second - first, -1000);
    assert.equal(clock.monotonicMs(), 0);
  });

  it('strike at the nth reach of a step', () => {
    const stopped = effectsWith({ strike: { step: 'b', nth: 2, signal: 'SIGSTOP' } });
    for (const step of ['a', 'b', 'a', 'b', 'b']) void stopped.reached(step);
    assert.deepEqual(said, ['b', 'waits']);
    const killed = effectsWith({ strike: { step: 'any', nth: 2, signal: 'SIGKILL' } });
    void killed.reached('a');
    assert.throws(() => void killed.reached('b'), Died);
  });
});
