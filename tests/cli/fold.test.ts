import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { folded, foldedWords } from '../../src/cli/fold.ts';
import { displayWidth } from '../../src/query/display-width.ts';

describe('folded', () => {
  it('hangs what is too wide under the last column of its line, or where that has no room under its text', () => {
    const text = '✓ sessions whole  12 of 12  each with its one start, and at most one end';
    assert.equal(
      folded(text, 60),
      '✓ sessions whole  12 of 12  each with its one start, and at\n                            most one end',
    );
    assert.equal(folded(text, 48), '✓ sessions whole  12 of 12  each with its one\n  start, and at most one end');
    assert.equal(folded('  → mend it and then ask once more', 20), '  → mend it and then\n    ask once more');
    assert.equal(folded('none of this stands in columns', 20), 'none of this stands\nin columns');
  });

  it('measures what is seen: colours take no room', () => {
    assert.equal(folded('\u001b[32m✓\u001b[39m four', 6), '\u001b[32m✓\u001b[39m four');
  });

  it('leaves data as it is, and everything where there is no terminal', () => {
    for (const line of ['{"a":1, "b":2}', '│ a cell │ another │', '  export PLAYHEAD_KEY_FILE=/keys/home.json'])
      assert.equal(folded(line, 8), line);
    assert.equal(folded('one two', Number.POSITIVE_INFINITY), 'one two');
  });

  it('breaks a path after a slash, and no command that is to be copied', () => {
    assert.deepEqual(foldedWords('lake/year=2025/data.parquet, row 7', 16), [
      'lake/year=2025/',
      'data.parquet,',
      'row 7',
    ]);
    assert.deepEqual(foldedWords('mend it: `playhead rebuild --all` does', 14), [
      'mend it:',
      '`playhead rebuild --all`',
      'does',
    ]);
  });

  it('loses no word, and keeps to the width while each word does', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'é', '東'), minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), fc.integer({ min: 10, max: 40 }), (words, width) => {
        const lines = foldedWords(words.join(' '), width);
        assert.deepEqual(lines.join(' ').split(' '), words);
        assert.ok(lines.every((line) => displayWidth(line) <= width));
      }),
      { numRuns: 100 },
    );
  });
});
