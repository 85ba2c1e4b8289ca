import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { delivery } from '../../src/delivery/definition.ts';
import { deliveryProblems } from '../../src/delivery/validate.ts';

type Settings = Parameters<typeof delivery>[0];
const problems = (settings: Partial<Settings>): string[] =>
  deliveryProblems(delivery({ from: 'plays', prefix: 'plays/!{timestamp:yyyy}/', ...settings })).map(
    ({ path }) => path,
  );

describe('validation of a delivery', () => {
  it('finds nothing wrong with good ones', () => {
    assert.deepEqual(problems({}), []);
    assert.deepEqual(problems({ errorPrefix: 'errors/' }), []);
    assert.deepEqual(
      problems({ prefix: 'd=!{partitionKeyFromQuery:d}/', partitionKeys: { d: '.device' }, backupPrefix: 'raw/' }),
      [],
    );
  });

  const bad: readonly (readonly [name: string, settings: Partial<Settings>, paths: readonly string[]])[] = [
    ['a typo in a prefix', { prefix: '!{timestmap:yyyy}/' }, ['prefix']],
    ['a pattern that Java does not know', { prefix: '!{timestamp:QWERTY}/' }, ['prefix']],
    ['a time zone that there is not', { timezone: 'Europe/Atlantis' }, ['prefix', 'errorPrefix']],
    ['a prefix that leaves the lake', { prefix: '../x/' }, ['prefix']],
    ['an absolute prefix', { prefix: '/x/' }, ['prefix']],
    ['the type of error in a prefix', { prefix: 'x/!{firehose:error-output-type}/' }, ['prefix']],
    ['the type of error missing beside an expression', { errorPrefix: 'e/!{timestamp:yyyy}/' }, ['errorPrefix']],
    [
      'a partition key in the error prefix',
      { errorPrefix: 'e/!{firehose:error-output-type}/!{partitionKeyFromQuery:d}/' },
      ['errorPrefix'],
    ],
    ['a partition key that is not taken', { prefix: '!{partitionKeyFromQuery:device}/' }, ['prefix']],
    ['a partition key that is not used', { partitionKeys: { device: '.device' } }, ['partitionKeys.device']],
    [
      'a query beyond paths',
      { prefix: '!{partitionKeyFromQuery:d}/', partitionKeys: { d: '.a | tostring' } },
      ['partitionKeys.d'],
    ],
    [
      'several at once',
      { prefix: '!{x:y}/', errorPrefix: '{type}/', backupPrefix: '!{' },
      ['prefix', 'errorPrefix', 'backupPrefix'],
    ],
  ];
  for (const [name, settings, paths] of bad) it(`names ${name}`, () => assert.deepEqual(problems(settings), paths));
});
