import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { grid } from '../../src/cli/grid.ts';
import { displayWidth } from '../../src/query/display-width.ts';

const columns = [{ title: 'name' }, { title: 'rows', align: 'right' as const }];

describe('grid', () => {
  it('puts text left, numbers right, and a rule under the titles', () => {
    assert.equal(
      grid(columns, [
        ['landing', '12'],
        ['curated', '1,000'],
      ]),
      ['name      rows', '───────  ─────', 'landing     12', 'curated  1,000'].join('\n'),
    );
  });

  it('counts wide letters as two columns of the terminal', () => {
    assert.equal(
      grid(
        [{ title: 'city' }, { title: 'n' }],
        [
          ['東京', '1'],
          ['Lyon', '2'],
        ],
      ),
      ['city  n', '────  ─', '東京  1', 'Lyon  2'].join('\n'),
    );
  });

  it('cuts the widest column first where the terminal is narrow', () => {
    const lines = grid(columns, [['a name that is far too long for this', '1,000']], { maxWidth: 24 }).split('\n');
    assert.deepEqual(lines[2], 'a name that is f…  1,000');
  });

  it('puts what can stand apart above and below the others where the terminal is narrow', () => {
    const apart = [
      { title: 'object', apart: 'above' as const },
      { title: 'rows', align: 'right' as const },
      { title: 'state' },
      { title: 'why', apart: 'below' as const },
    ];
    const rows = [
      ['lake/day=11/hour=18/data.parquet', '12', 'there', ''],
      ['lake/b', '1,000', 'gone', 'nobody knows where it went'],
    ];
    assert.equal(
      grid(apart, rows, { maxWidth: 24 }),
      [
        ['object', '   rows  state', '  why'],
        ['──────────────'],
        ['lake/day=11/hour=18/', 'data.parquet', '     12  there'],
        ['lake/b', '  1,000  gone', '  nobody knows where it', '  went'],
      ]
        .flat()
        .join('\n'),
    );
    assert.equal(grid(apart, rows, { maxWidth: 80 }).split('\n').length, 4);
    const below = rows.map(([, ...cells]) => cells);
    assert.deepEqual(grid(apart.slice(1), below, { maxWidth: 20 }).split('\n').slice(3), [
      '   12  there',
      '1,000  gone',
      '  nobody knows where',
      '  it went',
    ]);
  });

  it('lets no value break the table or steer the terminal', () => {
    const text = grid([{ title: 'v' }], [['a\nb'], ['\u001b[31mred\u0007']]);
    assert.deepEqual(text.split('\n').slice(2), ['a b', '�[31mred�']);
  });

  it('paints after measuring, so that colours shift nothing', () => {
    const painted = grid(columns, [[{ text: 'ok', paint: (text) => `<${text}>` }, '1']]);
    assert.equal(painted.split('\n')[2], '<ok>       1');
  });

  it('never exceeds the width while its columns can give way', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), { maxLength: 5 }),
        fc.integer({ min: 20, max: 80 }),
        (rows, maxWidth) => {
          const lines = grid(columns, rows, { maxWidth }).split('\n');
          return lines.length === rows.length + 2 && lines.every((line) => displayWidth(line) <= maxWidth);
        },
      ),
      { numRuns: 200 },
    );
  });
});
