import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { erasedIds } from '../../../src/govern/erase/erased-ids.ts';
import { bitAt } from '../../../src/record/batch.ts';
import { BatchBuilder } from '../../../src/record/batch-builder.ts';

const ids = erasedIds(
  [
    { field: 'user_id', hash: 'user_id=U-2718281828' },
    { field: 'user_id', hash: 'user_id=7' },
    { field: 'name', hash: 'name=Zoë' },
  ],
  (field, value) => `${field}=${value}`,
);

function erasedOf(lines: readonly (string | readonly [value: string, key: string])[]): readonly number[] | undefined {
  const keyed = lines.some((line) => typeof line !== 'string');
  const builder = new BatchBuilder({ lineFramed: true, checkedObjects: false, keyed });
  for (const line of lines) {
    const [value, key] = typeof line === 'string' ? [line] : line;
    builder.add(Buffer.from(`${value}\n`), 0, key === undefined ? undefined : Buffer.from(key));
  }
  const bits = ids.erasedIn(builder.take());
  return bits && lines.flatMap((_, i) => (bitAt(bits, i) ? [i] : []));
}

const theirs: Readonly<Record<string, string>> = {
  'as text': '{"a":1,"user_id":"U-2718281828"}',
  'with white space': '{"user_id" :\t"U-2718281828" }',
  'as a number': '{"user_id":7}',
  'as the text of a number': '{"user_id":"7"}',
  'deep within': '{"viewer":[{"user_id":"U-2718281828"}]}',
  'in a field of other case': '{"User_ID":"U-2718281828"}',
  'behind escapes in the id': '{"user_id":"\\u0055-2718281828"}',
  'behind escapes in the name': '{"user\\u005fid":"U-2718281828"}',
  'beyond ASCII': '{"name":"Zoë"}',
  'in a record that is broken': '{"user_id":"U-2718281828","n":',
};

const others: Readonly<Record<string, string>> = {
  'an id that begins alike': '{"user_id":"U-27182818280"}',
  'a number that begins alike': '{"user_id":77}',
  'their id in another field': '{"other_user_id":"7","plays":7}',
  'an id of another field': '{"user_id":"Zoë"}',
};

describe('telling the records of people who were erased', () => {
  for (const [how, line] of Object.entries(theirs)) {
    it(`knows the id ${how}, and marks that record alone`, () => {
      assert.deepEqual(erasedOf(['{"user_id":"x"}', line, '{"user_id":"y"}', line, '{}']), [1, 3]);
    });
  }

  for (const [what, line] of Object.entries(others)) {
    it(`lets ${what} pass`, () => {
      assert.equal(erasedOf([line, '{}']), undefined);
    });
  }

  it('knows a key that says who is meant, and no short one', () => {
    const lines = [
      ['{}', 'U-2718281828'],
      ['{}', '7'],
      ['{}', 'U-27182818280'],
    ] as const;
    assert.deepEqual(erasedOf(lines), [0]);
  });
});
