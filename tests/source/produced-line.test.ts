import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { instantMs, keyBytes, lineReader } from '../../src/source/produced-line.ts';

const pieces = ['"id":"a"', '\\"id":"', ',', 'id', '"', '\\', 'é', '{', '\u0001'];
const name = fc.constantFrom('id', 'at', ',', '', 'x"id', 'x\\', '1', ':', 'é', 'Ã©', '__proto__');
const instant = fc.oneof(
  fc.date({ noInvalidDate: true, min: new Date(-1e14), max: new Date(1e14) }).map((at) => at.toJSON()),
  fc.constantFrom(
    '2025-02-29T00:00:00Z',
    '2025-08-11T24:00:00Z',
    '2025-08-11T10:00:00.1234567Z',
    '2025-08-11T10:00:00.Z',
  ),
  fc.constantFrom(
    '2025-08-11 10:00:00',
    '2025-08-11T10:00:00.5+02:00',
    '0099-01-01T00:00:00Z',
    '0000-01-01T00:00:00.0Z',
  ),
);
const value = fc.oneof(
  { weight: 5, arbitrary: fc.array(fc.constantFrom(...pieces), { maxLength: 3 }).map((parts) => parts.join('')) },
  { weight: 3, arbitrary: fc.constantFrom(null, 7, 1e300, -1.5, true, 1_754_906_400_000, ['id', ':', 'x'], {}) },
  { weight: 3, arbitrary: instant },
  { weight: 1, arbitrary: fc.record({ id: fc.string(), at: fc.string() }) },
);

it('reads what parsing the line would, of key and arrival time, whatever the line is made to look like', () => {
  const line = fc.tuple(
    fc.dictionary(name, value, { maxKeys: 6 }),
    fc.constantFrom(undefined, undefined, 1),
    name,
    name,
  );
  const readers = new Map<string, ReturnType<typeof lineReader>>();
  let [keys, arrivals] = [0, 0];
  fc.assert(
    fc.property(line, ([of, space, keyField, arrivalField]) => {
      const names = JSON.stringify([keyField, arrivalField]);
      // A reader remembers lines: what it says of one is to have nothing of another.
      const read = readers.get(names) ?? lineReader({ keyField, arrivalField });
      readers.set(names, read);
      const text = JSON.stringify(of, undefined, space).replaceAll('\u00e9', '\\u00e9');
      const parsed = JSON.parse(text) as Record<string, unknown>;
      const { fault, key, arrivalMs } = read(Buffer.from(text));
      assert.equal(fault, undefined);
      const own = (field: string) => (Object.hasOwn(parsed, field) ? parsed[field] : undefined);
      assert.deepEqual(key && Buffer.from(key).toString(), keyBytes(own(keyField))?.toString(), text);
      assert.equal(arrivalMs, instantMs(own(arrivalField)), text);
      keys += key === undefined ? 0 : 1;
      arrivals += arrivalMs === undefined ? 0 : 1;
    }),
    { numRuns: 1000 },
  );
  assert.ok(keys > 50 && arrivals > 50, `${keys} keys, ${arrivals} arrivals`);
});

it('does not take for a member what a string ends in, or another object holds', () => {
  const read = lineReader({ keyField: 'id' });
  const keyOf = (line: string) => Buffer.from(read(Buffer.from(line)).key ?? []).toString();
  for (const line of ['{"x\\"id":"no"}', '{"in":{"id":"no"}}', '{"in":[{"id":"no"}]}', '{}', '{"id":["no"]}'])
    assert.equal(keyOf(line), '', line);
  for (const line of [
    '{"a":1,"id":"ab"}',
    '{"id":"a\\u0062"}',
    '{"id" : "ab" }',
    '{"i\\u0064":"ab"}',
    '{"in":{"id":1},"id":"ab"}',
  ])
    assert.equal(keyOf(line), 'ab', line);
});
