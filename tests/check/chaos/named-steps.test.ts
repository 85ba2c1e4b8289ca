import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { namedSteps } from '../../../src/check/chaos/named-steps.ts';

const root = join(import.meta.dirname, '../../..');

/** Steps of a flow at which nothing needs to be struck, and why. */
const spared: Readonly<Record<string, string>> = {
  'series.checkpoint': 'comes every hundred commits; a checkpoint is a hint that is never trusted beyond what exists',
  'series.packing': 'comes every 256 commits; a block is a copy that is never trusted beyond what the commits say',
  'series.closing': 'comes when the lanes of a definition change: struck in tests/kill',
  'stream.produced': 'a step of appends to Kafka: struck beside a broker, in tests/services',
  'stream.committed': 'another of them, struck there too',
  'job.kept': 'what a failed gate keeps is for people to look at',
};

/** What a flow consists of; a query writes nothing that lasts, and what governs homes is struck by its own tests. */
const flow = /^(seed-table|stream|delivery|series|job|table)\./;

function sourceText(): string {
  return readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join(root, 'src', path), 'utf8'))
    .join('\n');
}

it('every named step of a flow is one at which rounds strike, or spared for a reason', () => {
  const named = [...sourceText().matchAll(/reached\('([^']+)'\)/g)].map(([, step = '']) => step);
  const struck = Object.values(namedSteps).flatMap((steps) => steps.map(({ step }) => step));
  const known = new Set([...struck.filter((step) => step !== 'any'), ...Object.keys(spared)]);
  assert.deepEqual([...new Set(named.filter((step) => flow.test(step)))].sort(), [...known].sort());
});
