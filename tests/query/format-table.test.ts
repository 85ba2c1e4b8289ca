import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { doubleText } from '../../src/query/cell-text.ts';
import { cutToWidth, displayWidth } from '../../src/query/display-width.ts';
import { formatTable } from '../../src/query/format-table.ts';
import { verticalRows } from '../../src/query/vertical-text.ts';

const columns = [
  { name: 'name', type: 'string' },
  { name: 'count', type: 'bigint' },
];

describe('a table for a terminal', () => {
  it('puts numbers to the right, says NULL, and lines up wide and combining characters', () => {
    assert.equal(
      formatTable(columns, [
        ['a', 1n],
        ['日本', 12345n],
        ['é', null],
      ]),
      [
        '┌──────┬───────┐',
        '│ name │ count │',
        '├──────┼───────┤',
        '│ a    │     1 │',
        '│ 日本 │ 12345 │',
        '│ é    │  NULL │',
        '└──────┴───────┘',
      ].join('\n'),
    );
  });

  it('never breaks on control characters, and cuts what is too wide', () => {
    const text = formatTable(columns, [[`a\n\u001b[31mb${'x'.repeat(100)}`, 1n]], { width: 40, cellWidth: 20 });
    assert.ok(text.split('\n').every((line) => displayWidth(line) <= 40));
    assert.ok(text.includes('a⏎�[31mbxxxxxxxxxxx…'), text);
  });

  it('leaves out the last columns rather than cut all to nothing, and says how to see them', () => {
    const many = Array.from({ length: 28 }, (_, i) => ({ name: `column_${i}`, type: 'string' }));
    const row = many.map((_, i) => (i === 1 ? 'x'.repeat(30) : 'value'));
    const lines = formatTable(many, [row], { width: 100, cellWidth: 60 }).split('\n');
    assert.ok(lines.every((line) => displayWidth(line) <= 100));
    assert.match(lines[1] ?? '', /^│ column_0 │ column_1 +│ column_2 │ column_3 │ column_4 │ column_5 │ column_6 │$/);
    assert.match(lines[3] ?? '', /x{30}/);
    assert.equal(lines.at(-1), '+ 21 more columns: --format csv, or --format vertical');
    const narrow = formatTable(columns, [['x'.repeat(50), 1n]], { width: 20, cellWidth: 60 }).split('\n');
    assert.match(narrow[3] ?? '', /^│ x{15}… │$/);
    assert.equal(narrow.at(-1), '+ 1 more column: --format csv, or --format vertical');
  });

  it('stands rows upright, value under value', () => {
    assert.equal(
      verticalRows(
        columns,
        [
          ['日本\n', 1n],
          ['b', null],
        ],
        7,
      ),
      '─[ row 7 ]─────\nname  │ 日本⏎\ncount │ 1\n─[ row 8 ]─────\nname  │ b\ncount │ NULL\n',
    );
  });

  it('fits any rows into the width that it is given', () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 40 });
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 4, maxLength: 4 }), { maxLength: 5 }), (rows) => {
        const four = ['a', 'b', 'c', 'd'].map((name) => ({ name, type: 'string' }));
        const lines = formatTable(four, rows, { width: 80, cellWidth: 30 }).split('\n');
        assert.equal(new Set(lines.map(displayWidth)).size, 1);
        assert.ok(lines.every((line) => displayWidth(line) <= 80));
      }),
    );
  });
});

it('cuts between characters, to the width', () => {
  assert.deepEqual(
    [cutToWidth('日本語', 4), cutToWidth('abc', 3), cutToWidth('👨‍👩‍👧x', 3)],
    ['日…', 'abc', '👨‍👩‍👧x'],
  );
});

it('prints doubles as Java does', () => {
  const cases: [number, string][] = [
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [0.001, '0.001'],
    [1e-4, '1.0E-4'],
    [9999999, '9999999.0'],
    [1e7, '1.0E7'],
    [-1.5e300, '-1.5E300'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ];
  for (const [value, text] of cases) assert.equal(doubleText(value), text);
});
