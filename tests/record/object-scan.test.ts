import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { listItems } from '../../src/record/json-list.ts';
import { findNonObjects, memberBytes, objectScanner } from '../../src/record/object-scan.ts';

const scan = objectScanner();
const faultOf = (text: string | Uint8Array): string | undefined => {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  return scan(bytes, 0, bytes.length);
};

test('whole objects pass, whatever stands in and around them', () => {
  for (const text of [
    '{}',
    ' \t{ "a" : [ ] , "b":{"a":1} }\r\n',
    '{"a":-0.5e+10,"b":true,"c":null,"d":[1,[2,{"a":1},{"a":1}]],"":""}',
    '{"a":"\\ud83d\\ude00 \\u00e9 \\" \\\\ \\/ 😀"}',
    '{"a":"nul is \\u0000 a character"}',
    `{"deep":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  ])
    assert.equal(faultOf(text), undefined, text.slice(0, 60));
});

for (const [fault, texts] of Object.entries({
  not_json: [
    '',
    ' ',
    '{',
    '{"a":1',
    '{"a":1}}',
    '{"a":1}{"b":2}',
    '{"a":1,}',
    '{a:1}',
    "{'a':1}",
    '{"a":01}',
    '{"a":1.}',
  ].concat(
    ['{"a":.5}', '{"a":1e}', '{"a":NaN}', '{"a":+1}', '{"a":tru}', '{"a":"\t"}', '{"a":"\\x"}', '{"a":"\\u12g4"}'],
    [
      '\ufeff{}',
      '{"a" 1}',
      '{"a":1 "b":2}',
      '{"a":[1,]}',
      '{"a":[1}}',
      '{"a":{"b":1]}',
      '{"a":1}\0',
      '{"a":"\\',
      '{"a":"\\u12',
    ],
  ),
  not_an_object: ['1', '"text"', 'null', '[{"a":1}]', ' [] '],
  duplicate_key: ['{"a":1,"a":1}', '{"x":[{"b":{"a":1,"c":2,"a":3}}]}', '{"a":1,"\\u0061":2}', '{"é":1,"\\u00e9":2}'],
  lone_surrogate: [
    '{"a":"\\ud800"}',
    '{"a":"\\udc00x"}',
    '{"\\ud800":1}',
    '{"a":"\\ud800\\u0041"}',
    '{"a":["\\ud83d\\ud83d"]}',
  ],
})) {
  test(`${fault}: each way`, () => {
    for (const text of texts) assert.equal(faultOf(text), fault, JSON.stringify(text));
  });
}

test('agrees with JSON.parse on any object, whole or with any one byte changed', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()),
      fc.nat(),
      fc.nat(255),
      (value, place, byte) => {
        const bytes = Buffer.from(JSON.stringify(value));
        // JSON.stringify escapes lone halves that `jsonValue` may hold; those are another test's.
        if (/\\u[dD]/.test(bytes.toString())) return;
        assert.equal(faultOf(bytes), undefined);
        const changed = Buffer.from(bytes);
        changed[place % bytes.length] = byte;
        const fault = faultOf(changed);
        if (fault === 'duplicate_key' || fault === 'lone_surrogate') return;
        const parsed = parsedKind(changed.toString('utf8'));
        assert.equal(fault, parsed === 'object' ? undefined : parsed, changed.toString('utf8'));
      },
    ),
    { numRuns: 2000 },
  );
});

test('finds a duplicate exactly where an object holds a key twice, at any depth and in any spelling', () => {
  const key = fc.constantFrom('a', 'b', 'aa', 'é', '\\u0061', 'Aa', 'BB', 'a'.repeat(40));
  const tree = fc.letrec<{ node: { text: string; twice: boolean } }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      fc.constant({ text: '1', twice: false }),
      fc.array(fc.tuple(key, tie('node')), { maxLength: 4 }).map((entries) => ({
        text: `{${entries.map(([name, node]) => `"${name}":${node.text}`).join(',')}}`,
        twice:
          new Set(entries.map(([name]) => JSON.parse(`"${name}"`))).size < entries.length ||
          entries.some(([, node]) => node.twice),
      })),
    ),
  })).node;
  fc.assert(
    fc.property(tree, ({ text, twice }) => {
      assert.equal(faultOf(`{"root":${text}}`), twice ? 'duplicate_key' : undefined, text);
    }),
    { numRuns: 1000 },
  );
});

test('of a batch, the records that are no objects are named by their place', () => {
  const values = ['{"a":1}\n', 'oops\n', '{"a":2}\n', '', '[]\n'].map((text) => Buffer.from(text));
  let end = 0;
  const batch = {
    count: 5,
    values: Buffer.concat(values),
    valueEnds: Uint32Array.from(values, (value) => (end += value.length)),
    nulls: Uint8Array.of(0b01000),
    arrivalMs: new Float64Array(5),
    lineFramed: true,
    checkedObjects: false,
  };
  assert.deepEqual(findNonObjects(batch), [
    { index: 1, rule: 'not_json' },
    { index: 3, rule: 'not_an_object' },
    { index: 4, rule: 'not_an_object' },
  ]);
});

function parsedKind(text: string): 'object' | 'not_json' | 'not_an_object' {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? 'object' : 'not_an_object';
  } catch {
    return 'not_json';
  }
}

const within = { depth: 8, items: 100 };
const itemsOf = (text: string, limits = within) => {
  const bytes = Buffer.from(text);
  const places = listItems(bytes, limits);
  if (typeof places === 'string') return places;
  return places.flatMap((start, at) => (at % 2 === 0 ? [bytes.toString('utf8', start, places[at + 1])] : []));
};

test('the items of a list are found whatever is in them, and what is no list is told apart', () => {
  const space = fc.constantFrom('', ' ', '\n\t', '\r\n');
  fc.assert(
    fc.property(fc.array(fc.json({ maxDepth: 3 }), { maxLength: 9 }), space, (values, gap) => {
      assert.deepEqual(itemsOf(`${gap}[${gap}${values.join(`${gap},${gap}`)}${gap}]${gap}`), values);
    }),
  );
  assert.deepEqual(itemsOf('[{"a":"],\\"["}, nul]'), ['{"a":"],\\"["}', 'nul']);
  for (const text of ['', ' ', '[', '[1,]', '[,1]', '[1}', '[1]]', '[1] 2', '["]', '[{]', '["\\"]'])
    assert.equal(itemsOf(text), 'not_json', text);
  for (const text of ['{}', '1', '"[]"', ']']) assert.equal(itemsOf(text), 'not_a_list', text);
  assert.equal(itemsOf('[1,2,3]', { depth: 8, items: 2 }), 'too_many');
  assert.deepEqual(itemsOf('[[[1]]]', { depth: 3, items: 2 }), ['[[1]]']);
  assert.equal(itemsOf(`[${'['.repeat(1_000_000)}`, { depth: 3, items: 2 }), 'too_deep');
});

test('a member is taken out as it stands, whatever surrounds it', () => {
  const of = (text: string, name: string): string | undefined => {
    const found = memberBytes(Buffer.from(text), name);
    return found === undefined ? undefined : Buffer.from(found).toString();
  };
  const record = '{ "n" : 9007199254740993, "d":1.10, "s":"a\\"}, \\u00e9", "l":[1,[{"record":0}]] }';
  const line = ` {"source":"a{,", "list":[{"record":1},"]"], "r\\u0065cord" : ${record} ,"row":12}`;
  assert.equal(of(line, 'record'), record);
  assert.deepEqual([of(line, 'row'), of(line, 'source'), of(line, 'n')], ['12', '"a{,"', undefined]);
  assert.deepEqual([of('{}', 'a'), of('{"a":-1.5e3}', 'a'), of('{"a":[]}', 'a')], [undefined, '-1.5e3', '[]']);
});
