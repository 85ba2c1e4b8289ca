import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineRecord } from '../../src/record/define-record.ts';
import { field } from '../../src/record/field.ts';
import { formatIssue } from '../../src/record/issue.ts';
import { parseJson } from '../../src/record/parse-json.ts';
import { compileValidator } from '../../src/record/validator.ts';

const Play = defineRecord('play', {
  fields: {
    id: field.string({ pattern: '^P[0-9]+$' }),
    device: field.optional(field.string({ oneOf: ['tv', 'web'] })),
    seconds: field.int({ min: 0, max: 86400 }),
    bytes: field.optional(field.bigint()),
    sent: field.optional(field.bigint({ epoch: 'seconds' })),
    ratio: field.optional(field.double({ min: 0, max: 1 })),
    price: field.optional(field.decimal(6, 2)),
    live: field.optional(field.boolean()),
    at: field.optional(field.timestamp()),
    day: field.optional(field.date()),
    note: field.optional(field.string({ maxLength: 3 })),
    ip: field.optional(field.string({ format: 'ipv4' })),
    tags: field.optional(field.list(field.struct({ name: field.string() }))),
    counts: field.optional(field.map(field.int())),
    extra: field.optional(field.json()),
  },
});
const validate = compileValidator(Play);
const rules = (fields: string): string[] =>
  validate(parseJson(`{"id":"P1","seconds":3${fields === '' ? '' : `,${fields}`}}`)).map((i) => `${i.path} ${i.rule}`);

test('a good record has no issues, whether optional fields are absent, null or there', () => {
  assert.deepEqual(rules(''), []);
  assert.deepEqual(rules('"device":null,"bytes":null,"price":null,"tags":null,"at":null,"counts":null'), []);
  assert.deepEqual(
    rules(
      '"device":"tv","bytes":9223372036854775807,"ratio":1,"price":"1234.50","live":true,"at":"2025-08-11T10:00:00.123Z",' +
        '"day":"2024-02-29","note":"a😀b","ip":"192.0.2.7","tags":[{"name":"x"}],"counts":{"a":1},"extra":[{"any":null}]',
    ),
    [],
  );
});

for (const [fields, expected] of [
  ['"device":"phone"', 'device not_one_of'],
  ['"device":7', 'device wrong_type'],
  ['"bytes":1.5', 'bytes not_whole'],
  ['"bytes":9223372036854775808', 'bytes out_of_range'],
  ['"bytes":-9223372036854775809', 'bytes out_of_range'],
  ['"bytes":"7"', 'bytes wrong_type'],
  ['"sent":253402300800', 'sent out_of_range'],
  ['"sent":"2025-08-11T10:00:00Z"', 'sent wrong_type'],
  ['"ratio":1.01', 'ratio out_of_range'],
  ['"ratio":99999999999999999999', 'ratio out_of_range'],
  ['"price":1.005', 'price too_precise'],
  ['"price":"12345.00"', 'price out_of_range'],
  ['"price":"ten"', 'price wrong_type'],
  ['"live":"true"', 'live wrong_type'],
  ['"at":"2025-02-29T10:00:00Z"', 'at format'],
  ['"at":"yesterday"', 'at format'],
  ['"day":"2025-8-1"', 'day format'],
  ['"note":"four"', 'note too_long'],
  ['"note":"\\ud800"', 'note lone_surrogate'],
  ['"note":"\\u0000"', 'note nul'],
  ['"ip":"256.0.2.7"', 'ip format'],
  ['"tags":[{"name":"x"},{"name":null}]', 'tags[1].name missing'],
  ['"tags":[{"label":"x"}]', 'tags[0].name missing|tags[0].label unknown_field'],
  ['"counts":{"a":1.5}', 'counts.a not_whole'],
  ['"Device":"tv"', 'Device wrong_case'],
  ['"colour":"red"', 'colour unknown_field'],
] as const) {
  test(`{${fields}} is: ${expected}`, () => {
    assert.equal(rules(fields).join('|'), expected);
  });
}

test('every fault of a record is reported, each with path, what was expected and what came', () => {
  const issues = validate({ id: 'x', seconds: 90_000.5, device: 'phone' });
  assert.deepEqual(issues.map(formatIssue).sort(), [
    'device: expected one of "tv", "web", got "phone" (not_one_of)',
    'id: expected string matching ^P[0-9]+$, got "x" (pattern)',
    'seconds: expected int from 0 to 86400, got 90000.5 (not_whole)',
  ]);
  assert.deepEqual(validate({ id: 'P1' }).map(formatIssue), [
    'seconds: expected int from 0 to 86400, got nothing (missing)',
  ]);
});

test('what is no object is one issue of the whole record', () => {
  for (const value of [null, 7, 'text', [1]]) {
    assert.deepEqual(
      validate(value).map((i) => [i.path, i.rule]),
      [['', 'not_an_object']],
    );
  }
});

test('parseJson keeps long whole numbers exactly and leaves the rest to JSON', () => {
  assert.deepEqual(parseJson('{"a":9007199254740993,"b":-18446744073709551615,"c":0.1234567890123456789,"d":12}'), {
    a: 9007199254740993n,
    b: -18446744073709551615n,
    c: 0.12345678901234568,
    d: 12,
  });
});
