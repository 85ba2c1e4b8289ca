import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { killSteps, spared } from './kill-steps.ts';

const source = join(import.meta.dirname, '../../src');

it('every named step of the source is one at which processes are killed, or spared for a reason', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'));
  const named = files.flatMap((path) =>
    [...readFileSync(join(source, path), 'utf8').matchAll(/reached\('([^']+)'\)/g)].map(([, step]) => step),
  );
  const struck = killSteps.map(({ step }) => step).filter((step) => step !== 'any');
  assert.deepEqual([...new Set(named)].sort(), [...new Set([...struck, ...Object.keys(spared)])].sort());
});
