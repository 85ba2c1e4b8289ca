import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { quickReference } from '../../scripts/quick-reference.ts';

describe('the quick reference', () => {
  it('says what the command table says', () => {
    const file = join(import.meta.dirname, '../../docs/quick-reference.md');
    assert.equal(readFileSync(file, 'utf8'), quickReference(), 'run `node scripts/quick-reference.ts`');
  });
});
