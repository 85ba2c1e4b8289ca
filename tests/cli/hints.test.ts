import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { commandTable } from '../../src/cli/command-table.ts';
import { playThrough, writePlaysProject } from './plays-project.ts';
import { openTerminal, type Terminal } from './terminal.ts';

describe('what the commands say', () => {
  let folder: string;
  let terminal: Terminal;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-hints-'));
    writePlaysProject(folder);
    terminal = openTerminal(folder);
    await playThrough(terminal);
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [words, said] of [
    [['query', 'SELECT 1/0'], /Division by zero[\s\S]*NULLIF\(divisor, 0\)/],
    [['query', "SELECT CAST('x' AS integer)"], /Cannot cast 'x'[\s\S]*TRY_CAST/],
    [
      ['query', 'SELECT 1; SELECT 2'],
      /line 1, column 11: one statement at a time\n.*\n {10} *\^[\s\S]*Run each by itself/,
    ],
    [['query', ''], /there is no statement\n[\s\S]*playhead query "/],
    [['trace', '--key', 'foo'], /expected FIELD=VALUE\n[\s\S]*--key foo=VALUE/],
  ] as const)
    it(`helps on: ${words.join(' ')}`, async () => {
      const { exitCode, err } = await terminal.run(words);
      assert.notEqual(exitCode, 0);
      assert.match(err, said);
    });

  it('inspects a table by any name that trace takes', async () => {
    for (const name of ['curated', 'plays.curated'])
      assert.match((await terminal.run(['inspect', name])).out, /play_id/);
    for (const name of ['landing', 'plays.landing'])
      assert.match((await terminal.run(['inspect', name])).out, /play_id/);
  });

  it('explains with the names of tables, not with those of its own views', async () => {
    const { out } = await terminal.run(['query', 'EXPLAIN SELECT play_id FROM plays.curated WHERE seconds > 3']);
    assert.match(out, /"plays\.curated"/);
    assert.doesNotMatch(out, /athena_table/);
  });

  it('keeps the help of every command within 80 columns', async () => {
    for (const name of ['', ...commandTable.map((spec) => spec.name)]) {
      const { out } = await terminal.run(name === '' ? ['--help'] : [name, '--help']);
      const wide = out.split('\n').filter((line) => line.length > 80 && !line.startsWith('  playhead '));
      assert.deepEqual(wide, [], name);
    }
  });
});
