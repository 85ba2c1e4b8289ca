import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { defineRecord, field } from '../../src/index.ts';
import { keyAt, valueAt } from '../../src/record/batch.ts';
import { objectScanner } from '../../src/record/object-scan.ts';
import { parseJson } from '../../src/record/parse-json.ts';
import { compileRecogniser } from '../../src/record/recogniser.ts';
import { compileValidator } from '../../src/record/validator.ts';
import { keyBytes } from '../../src/source/produced-line.ts';
import { recordIntake } from '../../src/source/record-intake.ts';

const play = defineRecord('play', {
  fields: {
    play_id: field.string({ pattern: '^[a-zü-]{1,9}$' }),
    kind: field.string({ oneOf: ['play', 'pause'] }),
    note: field.optional(field.string({ maxLength: 6 })),
    at: field.optional(field.timestamp()),
    seconds: field.int({ min: 0 }),
    views: field.optional(field.bigint()),
    rating: field.optional(field.double({ max: 10 })),
    price: field.optional(field.decimal(6, 2)),
    live: field.optional(field.boolean()),
  },
});
const limits = { items: 100, depth: 8 };
const judge = { scan: objectScanner(), validate: compileValidator(play) };

const value = {
  play_id: fc.constantFrom('"a"', '"tür"', '"b-"', '"A"', '"a\\u0062"', '7'),
  kind: fc.constantFrom('"play"', '"pause"', '"stop"', '"pl\\u0061y"'),
  note: fc.constantFrom('"ok"', 'null', '"äöü日本語"', '"a\\"b"', '"\\ud800"', '"\\u0000"', '"much too long"'),
  at: fc.constantFrom('"2026-11-01T10:05:00Z"', '"2026-02-30T10:05:00Z"', '"today"', 'null'),
  seconds: fc.constantFrom('0', '7', '1.0', '1e2', '-1', '-0', '01', '2147483648', '1.5', '"1"', 'null', 'true'),
  views: fc.constantFrom('1', '9007199254740993', '99999999999999999999', '1e400', '123456789012345'),
  rating: fc.constantFrom('0.5', '10', '10.01', '.5', '1e', '0.12345678901234567', '1e999'),
  price: fc.constantFrom('1.25', '"1.25"', '1.255', '99999', '1.10'),
  live: fc.constantFrom('true', 'false', 'nul', 'TRUE', '{}', '[]'),
  else: fc.constantFrom('1', '"x"'),
} as const;
const member = fc
  .constantFrom(...(Object.keys(value) as (keyof typeof value)[]))
  .chain((name) => fc.tuple(fc.constant(name), value[name]));
const space = fc.constantFrom('', '', '', ' ', '\n', '\r\n');
const good = fc
  .tuple(space, fc.constantFrom('a', 'tür', 'b-'), fc.nat(), fc.boolean())
  .map(([gap, id, seconds, swap]): string => {
    const members = [`"play_id":${gap}"${id}"`, '"kind":"play"', `"seconds"${gap}:${seconds % 2 ** 31}`];
    return `{${gap}${(swap ? members.reverse() : members).join(`${gap},`)}${gap}}`;
  });
const some = fc.tuple(good, fc.array(member, { maxLength: 3 }), space).map(([start, members, gap]) => {
  const more = members.map(([name, text]) => `,${gap}"${name}":${text}`);
  return `${start.slice(0, -1)}${more.join('')}}`;
});
const broken = fc
  .tuple(some, fc.nat(), fc.constantFrom('"', '\\', '{', '}', '[', ':', ',', '0', 'é', ' ', '\t', ''))
  .map(([text, at, put]) => text.slice(0, at % text.length) + put + text.slice((at % text.length) + 1));
const list = fc.tuple(space, fc.array(fc.oneof(good, good, some, broken), { minLength: 1, maxLength: 8 }), space);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What is said of an item by reading it whole, as of anything that is not recognised. */
function readWhole(text: string): { readonly rules: readonly string[]; readonly key?: string } {
  const bytes = Buffer.from(text);
  const fault = judge.scan(bytes, 0, bytes.length);
  if (fault !== undefined) return { rules: [fault] };
  const record = parseJson(text);
  const rules = judge.validate(record).map(({ rule }) => rule);
  return { rules, key: String(Buffer.from(keyBytes((record as Record<string, unknown>)['play_id']) ?? [])) };
}

test('records that are recognised are those in which reading finds nothing wrong, with the same keys and bytes', () => {
  for (const key of ['play_id', 'seconds', 'note']) {
    const recognise = compileRecogniser(play, key);
    let recognised = 0;
    fc.assert(
      fc.property(fc.oneof(good, some, broken), (text) => {
        const bytes = Buffer.from(`${text},`);
        const found = recognise?.(bytes, bytes.toString('latin1'), 0);
        if (found === undefined) return;
        recognised += 1;
        const whole = bytes.toString('utf8', 0, found.end);
        assert.deepEqual(readWhole(whole).rules, [], whole);
        const ofKey = (parseJson(whole) as Record<string, unknown>)[key];
        assert.equal(bytes.toString('utf8', found.keyStart, found.keyEnd), String(keyBytes(ofKey) ?? ''), whole);
      }),
      { numRuns: 1500 },
    );
    assert.ok(recognised > 300, `${recognised} were recognised`);
  }
  const nested = defineRecord('nested', { fields: { tags: field.list(field.string()) } });
  assert.equal(compileRecogniser(nested, undefined), undefined);
});

test('of a list, each record goes in as it came or is refused for what reading it says', () => {
  const intake = recordIntake({ record: play, key: 'play_id' }, limits, 200);
  fc.assert(
    fc.property(list, ([gap, texts, end]) => {
      const body = Buffer.from(`[${gap}${texts.join(`${gap},${end}`)}${end}]`);
      const said = texts.map(readWhole);
      // A bracket or a quote that was broken makes another list of it, whatever else is said of it first.
      if (!texts.every(isJson)) return;
      const { count, batch, refused } = intake.take(body, 5);
      assert.equal(count, texts.length);
      const rules = said.map((_, at) => (refused.get(at) ?? []).map(({ rule }) => rule));
      assert.deepEqual(
        rules,
        said.map((each) => each.rules),
      );
      const taken = texts.filter((_, at) => !refused.has(at)).map((text) => text.trim());
      const keys = said.filter((_, at) => !refused.has(at)).map(({ key }) => key);
      const lines = taken.map((_, at) => Buffer.from(valueAt(batch, at)).toString());
      assert.deepEqual(
        lines,
        taken.map((text) => `${text.replaceAll(/[\r\n]/g, ' ')}\n`),
      );
      assert.deepEqual(
        taken.map((_, at) => String(Buffer.from(keyAt(batch, at) ?? []))),
        keys,
      );
      intake.giveBack(batch);
    }),
    {
      numRuns: 500,
      // Not JSON, though its lone surrogate is named first.
      examples: [[['', ['{"play_id":"a","note":"\\ud800},"kind":"b"}', '{}'], '']]],
    },
  );
  const large = JSON.stringify([{ play_id: 'a', kind: 'play', seconds: 1, note: 'ok' }]).padEnd(300);
  assert.equal(intake.take(Buffer.from(large), 5).batch.count, 1);
  const spoilt = large.trimEnd().replace('}', '} 1');
  assert.equal(intake.take(Buffer.from(spoilt), 5).refused.get(0)?.[0]?.rule, 'not_json');
  const wide = large.trimEnd().replace(':1', `:${' '.repeat(200)}1`);
  assert.equal(intake.take(Buffer.from(wide), 5).refused.get(0)?.[0]?.rule, 'too_large');
});
