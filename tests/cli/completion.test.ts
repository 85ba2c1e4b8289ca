import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commandTable } from '../../src/cli/command-table.ts';
import { candidates } from '../../src/cli/completion.ts';
import { shop } from '../pipeline/shop.ts';

const complete = (...words: string[]): readonly string[] => candidates(words, commandTable, [shop()]);

describe('completion', () => {
  it('completes commands, then options, then addresses of what the command takes', () => {
    assert.deepEqual(complete('del'), ['deliver']);
    assert.deepEqual(complete('deliver', '--dr'), ['--drain']);
    assert.deepEqual(complete('deliver', ''), ['deliver', 'shop.deliver']);
    assert.deepEqual(complete('run', 'shop.'), ['shop.curate']);
    assert.deepEqual(complete('generate', 's'), ['shop']);
  });

  it('completes the values of options that name definitions, and leaves others to the shell', () => {
    assert.deepEqual(complete('query', '--workgroup', ''), ['analysts', 'shop.analysts']);
    assert.deepEqual(complete('query', '--file', ''), []);
  });

  it('finds the command behind global options', () => {
    assert.deepEqual(complete('--json', 'crawl', '--h'), ['--home', '--help']);
  });
});
