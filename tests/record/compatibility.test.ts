import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareRecords, recordChanges } from '../../src/record/compatibility.ts';
import { defineRecord } from '../../src/record/define-record.ts';
import { field } from '../../src/record/field.ts';
import type { Field, RecordType } from '../../src/record/type.ts';
import { compileValidator } from '../../src/record/validator.ts';

const one = (of: Field): RecordType => defineRecord('one', { fields: { a: of } });
const verdict = (was: Field, now: Field): string => compareRecords(one(was), one(now)).verdict;

const cases: readonly (readonly [what: string, was: Field, now: Field, verdict: string])[] = [
  ['nothing', field.int({ min: 0 }), field.int({ min: 0 }), 'full'],
  ['another description', field.int({ description: 'a' }), field.int({ description: 'b' }), 'full'],
  ['int to bigint', field.int(), field.bigint(), 'backward'],
  ['bigint to int', field.bigint(), field.int(), 'forward'],
  ['int to double', field.int(), field.double(), 'backward'],
  ['bigint to double', field.bigint(), field.double(), 'none'],
  ['int to decimal(12,2)', field.int(), field.decimal(12, 2), 'backward'],
  ['int to decimal(10,2)', field.int(), field.decimal(10, 2), 'none'],
  ['decimal(10,2) to (12,2)', field.decimal(10, 2), field.decimal(12, 2), 'backward'],
  ['decimal(10,2) to (10,3)', field.decimal(10, 2), field.decimal(10, 3), 'none'],
  ['double to decimal', field.double(), field.decimal(38, 2), 'none'],
  ['int to string', field.int(), field.string(), 'none'],
  ['string to timestamp', field.string(), field.timestamp(), 'none'],
  ['optional to required', field.optional(field.int()), field.int(), 'backward-breaking'],
  ['required to optional', field.int(), field.optional(field.int()), 'backward'],
  ['narrower range', field.int({ min: 0 }), field.int({ min: 1 }), 'forward'],
  ['wider range', field.double({ max: 9 }), field.double(), 'backward'],
  ['shifted range', field.int({ min: 0, max: 9 }), field.int({ min: 5, max: 20 }), 'none'],
  ['a unit of epoch where there was none', field.bigint(), field.bigint({ epoch: 'seconds' }), 'forward'],
  ['another unit of epoch', field.bigint({ epoch: 'seconds' }), field.bigint({ epoch: 'milliseconds' }), 'none'],
  ['one more in the set', field.string({ oneOf: ['a'] }), field.string({ oneOf: ['a', 'b'] }), 'backward'],
  ['one less in the set', field.string({ oneOf: ['a', 'b'] }), field.string({ oneOf: ['a'] }), 'forward'],
  ['a set where there was none', field.string(), field.string({ oneOf: ['a'] }), 'forward'],
  ['shorter texts', field.string({ maxLength: 9 }), field.string({ maxLength: 3 }), 'forward'],
  ['another pattern', field.string({ pattern: '^a' }), field.string({ pattern: '^b' }), 'none'],
  ['a format dropped', field.string({ format: 'uuid' }), field.string(), 'backward'],
  ['items widened', field.list(field.int()), field.list(field.bigint()), 'backward'],
  ['map values narrowed', field.map(field.bigint()), field.map(field.int()), 'forward'],
  ['list to map', field.list(field.int()), field.map(field.int()), 'none'],
];
for (const [what, was, now, expected] of cases) {
  test(`compatibility of: ${what}`, () => {
    assert.equal(verdict(was, now), expected === 'backward-breaking' ? 'forward' : expected);
  });
}

test('fields that are added or removed, nested ones too, are named with their reasons', () => {
  const was = defineRecord('r', {
    fields: { a: field.int(), gone: field.int(), place: field.struct({ city: field.string() }) },
  });
  const now = defineRecord('r', {
    version: 2,
    fields: {
      a: field.int(),
      place: field.struct({ City: field.string() }),
      note: field.optional(field.string()),
      must: field.int(),
    },
  });
  assert.deepEqual(
    recordChanges(was, now).map(({ path, change, compatible, forward }) => [path, change, compatible, forward]),
    [
      ['gone', 'removed', false, false],
      ['place.city', 'removed', false, false],
      ['place.City', 'added', false, true],
      ['note', 'added', true, true],
      ['must', 'added', false, true],
    ],
  );
  assert.match(recordChanges(was, now)[1]?.message ?? '', /not read by the name City/);
});

test('where a change is called backward compatible, the later validator takes what the earlier one took', () => {
  const bound = fc.option(fc.integer({ min: -5, max: 5 }), { nil: undefined });
  const number = fc
    .tuple(fc.constantFrom('int', 'bigint', 'double'), bound, bound)
    .filter(([, min, max]) => min === undefined || max === undefined || min <= max)
    .map(
      ([type, min, max]) =>
        ({ type, ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) }) as Field,
    );
  const letters = fc.uniqueArray(fc.constantFrom('a', 'bb', 'ccc'), { minLength: 1 });
  const text = fc
    .tuple(fc.option(letters, { nil: undefined }), fc.option(fc.nat(3), { nil: undefined }))
    .map(([oneOf, maxLength]) =>
      field.string({ ...(oneOf && { oneOf }), ...(maxLength === undefined ? {} : { maxLength }) }),
    );
  const any = fc.oneof(number, text, fc.constant(field.decimal(3, 1)), fc.constant(field.boolean()));
  const of: fc.Arbitrary<Field> = fc.tuple(any, fc.boolean()).map(([f, o]) => (o ? field.optional(f) : f) as Field);
  const values = [
    null,
    undefined,
    true,
    0,
    -6,
    3,
    6,
    1.5,
    0.25,
    2 ** 40,
    99.5,
    1e20,
    'a',
    'bb',
    'ccc',
    'dddd',
    '1.5',
    '',
  ];
  fc.assert(
    fc.property(of, of, (was, now) => {
      const { verdict: said } = compareRecords(one(was), one(now));
      const [earlier, later] = [compileValidator(one(was)), compileValidator(one(now))];
      for (const a of values) {
        const record = a === undefined ? {} : { a };
        const [before, after] = [earlier(record).length === 0, later(record).length === 0];
        if (said === 'full' || said === 'backward')
          assert(!before || after, `${JSON.stringify([was, now, a])} backward`);
        if (said === 'full' || said === 'forward') assert(!after || before, `${JSON.stringify([was, now, a])} forward`);
      }
    }),
    { numRuns: 50 },
  );
});
