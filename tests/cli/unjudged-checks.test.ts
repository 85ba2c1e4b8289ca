import assert from 'node:assert/strict';
import { it } from 'node:test';
import { processOutput } from '../../src/cli/output.ts';
import { UnjudgedChecks } from '../../src/cli/unjudged-checks.ts';
import type { CheckOutcome } from '../../src/quality/outcome.ts';

const { style } = processOutput(false, {});
const outcome = (check: string, verdict: CheckOutcome['verdict']): CheckOutcome => {
  return { check, severity: 'warn', verdict, broken: 0, samples: [] };
};

it('names once, in one line, the checks that could judge in no run', () => {
  const unjudged = new UnjudgedChecks();
  for (const job of ['one', 'two']) {
    unjudged.add(job, [outcome('volume', 'unknown'), outcome('drift', 'unknown'), outcome('order', 'broken')]);
    unjudged.add(job, [outcome('volume', 'unknown'), outcome('drift', job === 'one' ? 'passed' : 'unknown')]);
  }
  unjudged.add('two', [outcome('drift', 'passed')]);
  assert.deepEqual(unjudged.lines(style), ['1 check has no history yet: volume']);
  assert.deepEqual(new UnjudgedChecks().lines(style), []);
});
