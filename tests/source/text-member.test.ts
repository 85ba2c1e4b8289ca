import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { textMember } from '../../src/source/text-member.ts';

it('finds the text of a member, or leaves it to who parses, whatever the line is made to look like', () => {
  const name = fc.constantFrom('id', 'at', ',', '', 'x"id', 'x\\', '1', ':');
  const text = fc.array(fc.constantFrom('"id":"a"', '\\"id":"', ',', 'id', '"', '\\', 'é'), { maxLength: 3 });
  const value = fc.oneof(
    { weight: 9, arbitrary: text.map((parts) => parts.join('')) },
    { weight: 4, arbitrary: fc.constantFrom(null, 7, ['id', ':', 'x']) },
    { weight: 1, arbitrary: fc.record({ id: fc.string() }) },
  );
  const members = fc.dictionary(name, value, {
    minKeys: 2,
    maxKeys: 6,
  });
  const line = fc.tuple(members, fc.constantFrom(undefined, undefined, 1));
  let found = 0;
  fc.assert(
    fc.property(line, fc.constantFrom('id', 'id', 'id', 'at', ',', ':', '1'), ([of, space], wanted) => {
      const bytes = Buffer.from(JSON.stringify(of, undefined, space));
      const content = textMember(wanted)(bytes)?.toString();
      if (content === undefined) return;
      found += 1;
      assert.equal(content, of[wanted]);
    }),
    { numRuns: 1000 },
  );
  assert.ok(found > 10, `found ${found}`);
});

it('does not take for a member what a string ends in, or another object holds', () => {
  const find = textMember('id');
  assert.equal(find(Buffer.from('{"a":1,"id":"x"}'))?.toString(), 'x');
  for (const line of ['{"x\\"id":"no"}', '{"in":{"id":"no"}}', '{"id":"a\\u0062"}', '{"id" :"no"}', '{"id":7}', '{}'])
    assert.equal(find(Buffer.from(line)), undefined, line);
  // Between two strings stands what this name looks like.
  assert.equal(textMember(',')(Buffer.from('{"a":"b",":":"c"}')), undefined);
});
