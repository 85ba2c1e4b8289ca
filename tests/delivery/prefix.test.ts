import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import { literalStart, parsePrefix } from '../../src/delivery/prefix.ts';
import { compileErrorPrefix, compilePrefix } from '../../src/delivery/prefix-renderer.ts';

const at = Date.UTC(2025, 7, 11, 20, 5, 9);
const render = (prefix: string, timezone = 'UTC'): string =>
  compilePrefix(prefix, timezone).render({
    arrivalMs: at,
    randomString: 'aZ09aZ09aZ0',
    partitionKeys: { device: 'tv' },
  });

describe('prefix', () => {
  const cases: readonly (readonly [name: string, prefix: string, expected: string])[] = [
    ['nothing is completed with Firehose’s time', '', '2025/08/11/20/'],
    ['a plain folder is completed with Firehose’s time', 'raw/', 'raw/2025/08/11/20/'],
    [
      'Hive folders',
      'y=!{timestamp:yyyy}/m=!{timestamp:MM}/d=!{timestamp:dd}/h=!{timestamp:HH}/',
      'y=2025/m=08/d=11/h=20/',
    ],
    ['one pattern with quoted text', "!{timestamp:'year='yyyy'/month='MM}/", 'year=2025/month=08/'],
    ['a random string', 'r/!{firehose:random-string}/!{timestamp:yyyy}/', 'r/aZ09aZ09aZ0/2025/'],
    ['a partition key needs no time', 'device=!{partitionKeyFromQuery:device}/', 'device=tv/'],
    ['no slash at the end begins the object’s name', 'a/!{timestamp:yyyy}-', 'a/2025-'],
  ];
  for (const [name, prefix, expected] of cases) it(`renders ${name}`, () => assert.equal(render(prefix), expected));

  it('tells the time of its zone', () => {
    assert.equal(render('!{timestamp:yyyy-MM-dd-HH}/', 'Asia/Tokyo'), '2025-08-12-05/');
  });

  it('puts the type of error where the error prefix says, or at its end', () => {
    const values = { arrivalMs: at, randomString: '', errorType: 'processing-failed' };
    assert.equal(
      compileErrorPrefix('e/!{firehose:error-output-type}/!{timestamp:yyyy}/', 'UTC').render(values),
      'e/processing-failed/2025/',
    );
    assert.equal(compileErrorPrefix('e/', 'UTC').render(values), 'e/processing-failed/');
  });

  const typos: readonly (readonly [prefix: string, position: number, suggestion: string | undefined])[] = [
    ['a/!{timestmap:yyyy}/', 4, 'timestamp'],
    ['!{firehose:randomstring}/', 11, 'random-string'],
    ['!{firehose:error-output}/', 11, undefined],
    ['!{partitionKeyFromQuerry:x}/', 2, 'partitionKeyFromQuery'],
    ['!{partitionKeyFromLambda:x}/', 0, 'partitionKeyFromQuery'],
    ['y={timestamp:yyyy}/', 2, '!{timestamp:yyyy}'],
    ['y=$'.concat('{timestamp:yyyy}/'), 3, '!{timestamp:yyyy}'],
    ['y=!{timestamp:yyyy/', 2, '!{timestamp:yyyy/}'],
    ['y=!{timestamp}/', 13, undefined],
    ['y=!{timestamp:}/', 13, undefined],
    ['ab/!{timestamp:yyyy-QWERTY}/', 21, undefined],
  ];
  for (const [prefix, position, suggestion] of typos) {
    it(`refuses ${prefix}, with the place`, () => {
      assert.throws(
        () => compilePrefix(prefix, 'UTC'),
        (error) => {
          assert.ok(isPlayheadError(error, 'PH_PATTERN_INVALID'));
          assert.equal(error.details['position'], position);
          if (suggestion !== undefined)
            assert.match(error.hint ?? '', new RegExp(suggestion.replace(/[${}]/g, '\\$&')));
          return true;
        },
      );
    });
  }

  it('refuses what evaluates to more than 512 characters', () => {
    assert.throws(() => render(`${'a'.repeat(510)}/!{timestamp:yyyy}/`), /limit is 512/);
  });

  it('finds the instant at which its time reads otherwise', () => {
    const hourly = compilePrefix('h=!{timestamp:HH}/', 'UTC');
    const nextHour = Date.UTC(2025, 7, 11, 21);
    assert.equal(hourly.timeEnd(at, at + 60_000), at + 60_000);
    assert.equal(hourly.timeEnd(nextHour - 30_000, nextHour + 30_000), nextHour);
    const seconds = compilePrefix('s=!{timestamp:ss}/', 'UTC');
    assert.equal(seconds.timeEnd(at + 1, at + 60_000), at + 1000);
  });

  it('knows the literal text that every key begins with', () => {
    assert.equal(literalStart(parsePrefix('a/b=!{timestamp:yyyy}/')), 'a/b=');
    assert.equal(literalStart(parsePrefix('!{timestamp:yyyy}/')), '');
  });
});
