import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { wholeValues } from '../../../src/catalog/crawler/whole-values.ts';
import { anyCharacter } from '../../base/any-character.ts';

const record = fc.dictionary(fc.string({ unit: anyCharacter, maxLength: 4 }), fc.jsonValue({ maxDepth: 2 }), {
  maxKeys: 3,
});

describe('wholeValues', () => {
  it('cut anywhere, the lines before the cut are left whole', () => {
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 5 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (records, cut) => {
          const lines = records.map((each) => JSON.stringify(each));
          const text = Buffer.from(lines.join('\n'));
          const left = Buffer.from(wholeValues(text.subarray(0, Math.floor(text.length * cut)))).toString();
          const whole = left === '' ? [] : left.split('\n');
          assert.deepEqual(whole, lines.slice(0, whole.length));
          const size = Buffer.byteLength(lines.slice(0, whole.length + 1).join('\n'));
          assert.ok(
            whole.length === lines.length || size > Math.floor(text.length * cut),
            'none is left out that was whole',
          );
        },
      ),
    );
  });

  it('cut anywhere, an array is closed after its last whole element', () => {
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 5 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (records, cut) => {
          const text = Buffer.from(JSON.stringify(records, null, 1));
          const left = Buffer.from(wholeValues(text.subarray(0, Math.floor(text.length * cut)))).toString();
          const whole: unknown[] = left === '' ? [] : JSON.parse(left);
          assert.deepEqual(whole, JSON.parse(JSON.stringify(records)).slice(0, whole.length));
        },
      ),
    );
  });
});
