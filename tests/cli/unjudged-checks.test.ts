import assert from 'node:assert/strict';
import { it } from 'node:test';
import { processOutput } from '../../src/cli/output.ts';
import { UnjudgedChecks } from '../../src/cli/unjudged-checks.ts';
import type { CheckOutcome } from '../../src/quality/outcome.ts';

const { style } = processOutput(false, {});
const outcome = (check: string, verdict: CheckOutcome['verdict'], found = 'one partition only'): CheckOutcome => {
  return { check, severity: 'warn', verdict, broken: 0, samples: [], found };
};

it('names once, with the reason, the checks that could judge in no run', () => {
  const unjudged = new UnjudgedChecks();
  for (const job of ['one', 'two']) {
    unjudged.add(job, [outcome('volume', 'unknown'), outcome('drift', 'unknown'), outcome('order', 'broken')]);
    unjudged.add(job, [outcome('volume', 'unknown'), outcome('drift', job === 'one' ? 'passed' : 'unknown')]);
  }
  unjudged.add('two', [outcome('drift', 'passed')]);
  unjudged.add('two', [outcome('fresh', 'unknown', 'no event time'), outcome('shift', 'unknown')]);
  assert.deepEqual(unjudged.lines(style), [
    '2 checks could not judge yet (one partition only): volume, shift',
    '1 check could not judge yet (no event time): fresh',
  ]);
  assert.deepEqual(new UnjudgedChecks().lines(style), []);
});
