import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { killRound, type Strike } from './rounds.ts';
import type { WriteClass } from './unconditional-lake.ts';

interface Zombie {
  /** The condition that its store ignores. */
  readonly ignored: WriteClass;
  /** Where it stands still while another overtakes it: just before a write of that class. */
  readonly strike: Pick<Strike, 'work' | 'step'> & Partial<Strike>;
  /** What the round's checks say of it. */
  readonly found: RegExp;
}

const rewritten = /does not stay as it was written first/;
const replaced = /is no longer the object that was meant/;

const zombies: readonly Zombie[] = [
  { ignored: 'plan', strike: { work: 'deliver', step: 'delivery.planning' }, found: rewritten },
  { ignored: 'plan', strike: { work: 'curate', step: 'job.planning' }, found: rewritten },
  { ignored: 'commit', strike: { work: 'deliver', step: 'delivery.committing' }, found: rewritten },
  { ignored: 'commit', strike: { work: 'curate', step: 'job.quarantined' }, found: rewritten },
  {
    ignored: 'epoch',
    strike: { work: 'deliver', step: 'series.closing', lanes: 2, overtakenLanes: 3 },
    found: rewritten,
  },
  {
    ignored: 'object',
    strike: { work: 'deliver', step: 'delivery.putting', packsOtherwise: true },
    found: replaced,
  },
  {
    ignored: 'lease',
    strike: { work: 'deliver', step: 'delivery.planning', leaseTtlMs: 20 },
    found: /was held twice/,
  },
  {
    ignored: 'table pointer',
    strike: { work: 'curate', step: 'table.publishing' },
    found: replaced,
  },
];

/** A round with one process that is stopped, overtaken, and let go on. */
function zombieRound(strike: Zombie['strike'], ignored?: WriteClass): Promise<void> {
  const signal = 'SIGSTOP' as const;
  const only = { nth: 1, signal, ...strike, ...(ignored === undefined ? {} : { ignored }) };
  return killRound(`of a zombie at ${strike.step}`, [only]);
}

function causedBy(found: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof Error && error.cause instanceof Error && found.test(error.cause.message);
}

describe('a process that goes on after it was overtaken', { concurrency: 2 }, () => {
  for (const { ignored, strike, found } of zombies) {
    it(`is found out by the rounds' checks where no condition holds for what it writes: ${ignored}, ${strike.step}`, () =>
      assert.rejects(zombieRound(strike, ignored), causedBy(found)));
  }

  it('does no harm where the lanes of its delivery change under it, or as it changes them', async () => {
    const closing = { work: 'deliver', step: 'series.closing', nth: 1 } as const;
    await killRound('of lanes', [
      { ...closing, lanes: 2, signal: 'SIGKILL' },
      { ...closing, lanes: 3, overtakenLanes: 2, signal: 'SIGSTOP' },
    ]);
  });

  it('does no harm where the conditions hold, also if its objects would have other bytes', () =>
    zombieRound({ work: 'deliver', step: 'delivery.putting', packsOtherwise: true }));
});
