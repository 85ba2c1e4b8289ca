import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';

const root = resolve(import.meta.dirname, '../..');
const order = (n: number): string =>
  JSON.stringify({ order_id: `O-${n}`, placed_at: `2025-08-11T1${n % 10}:00:00Z`, total: n * 1.5 });

/** The first shell block under a heading, as a reader would paste it. */
function commandsUnder(document: string, heading: string): string {
  const text = readFileSync(join(root, document), 'utf8');
  const block = /```sh\n(.*?)```/s.exec(text.slice(text.indexOf(heading)));
  assert.ok(block?.[1] !== undefined, `${document}: no commands under "${heading}"`);
  return block[1];
}

describe('the documented way to one’s own data', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'playhead documented '));
    // As in a checkout: the launcher, and a file of one's own.
    symlinkSync(join(root, 'playhead'), join(folder, 'playhead'));
    writeFileSync(join(folder, 'orders.ndjson'), `${Array.from({ length: 30 }, (_, n) => order(n)).join('\n')}\n`);
  });
  after(() => rmSync(folder, { recursive: true }));
  const shell = (commands: string) => spawnSync('sh', ['-e', '-c', commands], { cwd: folder, encoding: 'utf8' });

  it('works as the README has it', () => {
    const { status, stdout, stderr } = shell(commandsUnder('README.md', '## Your own data'));
    assert.equal(status, 0, stderr);
    assert.match(stdout, /orders\.records: 30 lines: 30 logged/);
    assert.match(stdout, /10 rows · /);
  });

  it('works as its page has it, and as init prints it', () => {
    const { status, stdout, stderr } = shell(commandsUnder('docs/own-data.md', '# Your own data'));
    assert.equal(status, 0, stderr);
    assert.match(stdout, /30 written/);
    const printed = stdout.slice(stdout.indexOf('It runs as it is:')).split('\n').slice(1, 6);
    assert.match(printed[0] ?? '', /cd shop$/);
    // Everything is there already: the same lines with the same numbers are not logged again.
    const again = shell(printed.join('\n'));
    assert.equal(again.status, 0, again.stderr);
    assert.match(again.stdout, /30 lines: 0 logged, 30 there before/);
  });
});
