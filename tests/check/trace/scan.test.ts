import assert from 'node:assert/strict';
import { it } from 'node:test';
import { matcher } from '../../../src/check/trace/scan.ts';
import { textMatcher } from '../../../src/check/trace/text-match.ts';

it('finds a value however its JSON escapes it', () => {
  for (const [id, line] of [
    ['a/b', String.raw`{"id":"a\/b"}`],
    ['Müller', String.raw`{"id":"M\u00fcller"}`],
    ['Müller', '{"id":"Müller"}'],
    ['say "yes"', String.raw`{"id":"say \"yes\""}`],
  ] as const) {
    assert.ok(matcher({ id })(Buffer.from(line)), line);
    assert.ok(!matcher({ id: `${id}!` })(Buffer.from(line)), line);
  }
});

it('takes a short value in text that could not be parsed only for its field', () => {
  const cut = '{"id":"x-3", "n" : 1,"sensor":"sensor-00017';
  for (const [wanted, isFound] of [
    [{ id: 'x-3' }, true],
    [{ n: '1' }, true],
    [{ n: '1', id: 'x-3' }, true],
    [{ id: '1' }, false],
    [{ id: 'x' }, false],
    [{ sensor: 'sensor-00017' }, true],
    [{ sensor: 'sensor-00018' }, false],
    [{ n: '.' }, false],
  ] as const)
    assert.equal(textMatcher(wanted)(cut), isFound, JSON.stringify(wanted));
});
