import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import { defineRecord } from '../../src/record/define-record.ts';
import { field } from '../../src/record/field.ts';
import { ownColumns } from '../../src/record/field-name.ts';
import type { Infer } from '../../src/record/infer.ts';
import type { RecordType } from '../../src/record/type.ts';

const Play = defineRecord('play', {
  fields: {
    id: field.string({ pattern: '^PLAY_[0-9]+$' }),
    device: field.string({ oneOf: ['tv', 'web'] }),
    seconds: field.int({ min: 0 }),
    bytes: field.bigint(),
    price: field.decimal(10, 2),
    at: field.timestamp(),
    note: field.optional(field.string()),
    tags: field.list(field.string()),
    place: field.struct({ city: field.string(), code: field.optional(field.int()) }),
    counts: field.map(field.double()),
    extra: field.json(),
  },
});

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

test('a declaration gives the TypeScript type of its records', () => {
  const same: Equal<
    Infer<typeof Play>,
    {
      id: string;
      device: 'tv' | 'web';
      seconds: number;
      bytes: number | bigint;
      price: number | string;
      at: string;
      tags: string[];
      place: { city: string; code?: number | null };
      counts: Record<string, number>;
      extra: unknown;
      note?: string | null;
    }
  > = true;
  assert.equal(same, true);
  const neutral: RecordType = Play;
  assert.equal(neutral.version, 1);
});

test('a declaration is plain data: it survives JSON', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(Play)), Play);
});

test('no field takes the place of a column that the engine sets beside it, in upper case or lower', () => {
  const named = (name: string) => defineRecord('bad', { fields: { [name]: field.int() } });
  for (const name of [...ownColumns, '_N', '_f0', '_quarantined_reason'])
    assert.throws(
      () => named(name),
      (error: unknown) =>
        isPlayheadError(error, 'PH_CONFIG_INVALID') && error.message.includes(`"${name}"`) && error.hint !== undefined,
    );
  for (const name of ['_metadata', '_id', '_type', '_key', '_source', '_rev', 'n', 'file']) named(name);
  defineRecord('good', { fields: { nested: field.struct({ _n: field.int() }) } });
});

test('names that differ only in case, empty domains and impossible decimals are refused, all at once', () => {
  assert.throws(
    () =>
      defineRecord('bad', {
        fields: {
          a: field.string({ oneOf: [] }),
          A: field.int({ min: 3, max: 1 }),
          price: field.decimal(2, 5),
          nested: field.struct({ x: field.string({ pattern: '(?=a)b' }), y: field.string({ pattern: '(' }) }),
        },
      }),
    (error: Error) =>
      [
        'differ only in case',
        'oneOf is empty',
        'min is above max',
        'decimal(2,5)',
        'look-around',
        'regular expression',
      ].every((part) => error.message.includes(part)),
  );
});
