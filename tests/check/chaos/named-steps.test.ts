import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { namedSteps } from '../../../src/check/chaos/named-steps.ts';

const root = join(import.meta.dirname, '../../..');

/** Steps at which nothing needs to be struck, and why. */
const spared: Readonly<Record<string, string>> = {
  'series.checkpoint': 'comes every hundred commits; a checkpoint is a hint that is never trusted beyond what exists',
  'query.series': 'a query writes nothing that lasts',
  'query.snapshot': 'a query writes nothing that lasts',
  'job.kept': 'what a failed gate keeps is for people to look at: no test strikes it',
  'keys.chosen': 'a rotation of keys: no test strikes it',
  'keys.rewrapped': 'a rotation of keys: no test strikes it',
  'erase.state': 'an erasure of state files: no test strikes it',
};

function textsUnder(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !import.meta.filename.endsWith(path))
    .map((path) => readFileSync(join(root, folder, path), 'utf8'));
}

it('every named step of the source is one at which rounds strike, or one that a test of its room names', () => {
  const named = textsUnder('src').flatMap((text) =>
    [...text.matchAll(/reached\('([^']+)'\)/g)].map(([, step]) => step),
  );
  const tests = textsUnder('tests').join('\n');
  const struck = new Set(Object.values(namedSteps).flatMap((steps) => steps.map(({ step }) => step)));
  const left = named.filter(
    (step = '') => !struck.has(step) && !Object.hasOwn(spared, step) && !tests.includes(`'${step}'`),
  );
  assert.deepEqual([...new Set(left)], []);
});

it('rounds strike at no step that the source does not have', () => {
  const source = textsUnder('src').join('\n');
  for (const { step } of Object.values(namedSteps).flat())
    assert.ok(step === 'any' || source.includes(`reached('${step}')`), step);
});
