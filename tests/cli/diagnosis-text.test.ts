import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Link } from '../../src/check/link.ts';
import { diagnosisText } from '../../src/cli/diagnosis-text.ts';
import { folded } from '../../src/cli/fold.ts';

const plain = (text: string): string => text;
const style = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain };
const links: readonly Link[] = [
  { kind: 'stream', address: 'shop.orders', state: 'well', finding: '5 records' },
  {
    kind: 'job',
    address: 'shop.a-job-of-a-long-name',
    state: 'well',
    finding: 'up to date with its input; ran 1 h 45 min ago, in 11 ms',
    warnings: [{ finding: '23 records in quarantine', remedy: 'playhead quarantine list shop.a-job-of-a-long-name' }],
  },
  { kind: 'gateway', address: 'shop.door', state: 'waiting', finding: 'nobody serves it', remedy: 'playhead serve' },
];

it('a diagnosis fits into 80 columns: where not all of a link fits beside its name, all of it stands below', () => {
  const text = diagnosisText({ pipeline: 'shop', links }, { style, columns: 80 }, 'playhead logs');
  assert.equal(folded(text, 80), text, 'nothing is left to be folded');
  assert.deepEqual(text.split('\n'), [
    'shop',
    '  ✓ stream          shop.orders                5 records',
    '  ! job             shop.a-job-of-a-long-name',
    '      up to date with its input; ran 1 h 45 min ago, in 11 ms',
    '      23 records in quarantine',
    '      → playhead quarantine list shop.a-job-of-a-long-name',
    '  · gateway         shop.door                  nobody serves it',
    '                                               → playhead serve',
    '',
    'Records pass every link that has begun; 1 has not; 1 warning above.',
  ]);
});

it('a diagnosis names the first silent link with what mends it', () => {
  const [stream] = links;
  const silent: Link = { kind: 'job', address: 'shop.curate', state: 'faulty', finding: 'last run failed' };
  assert.ok(stream !== undefined);
  const diagnosis = { pipeline: 'shop', links: [stream, silent], firstSilent: silent };
  const text = diagnosisText(diagnosis, { style, columns: Number.POSITIVE_INFINITY }, 'playhead logs');
  assert.match(text, /^ {2}✗ job +shop\.curate {2}last run failed$/m);
  assert.match(text, /shop\.curate is the first silent link: last run failed\n {2}→ playhead logs$/);
});
