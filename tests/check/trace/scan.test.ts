import assert from 'node:assert/strict';
import { it } from 'node:test';
import { matcher } from '../../../src/check/trace/scan.ts';

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
