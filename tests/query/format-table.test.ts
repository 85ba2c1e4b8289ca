import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { doubleText } from '../../src/query/cell-text.ts';
import { cutToWidth, displayWidth } from '../../src/query/display-width.ts';
import { formatTable } from '../../src/query/format-table.ts';

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

  it('fits any rows into the width that it is given', () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 40 });
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 4, maxLength: 4 }), { maxLength: 5 }), (rows) => {
        const four = ['a', 'b', 'c', 'd'].map((name) => ({ name, type: 'string' }));
        const lines = formatTable(four, rows, { width: 60, cellWidth: 30 }).split('\n');
        assert.equal(new Set(lines.map(displayWidth)).size, 1);
        assert.ok(lines.every((line) => displayWidth(line) <= 60));
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
