import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { playLine, writePlaysProject } from './plays-project.ts';
import { openTerminal, type Terminal } from './terminal.ts';

const days = {
  tables: `days: table({ database: 'plays', name: 'days', format: 'parquet', location: 'days/', partitions: { year: 'int', month: 'int', day: 'int' },
    record: defineRecord('day', { fields: { plays: field.bigint(), seconds: field.bigint() } }) }),`,
  jobs: `daily: sqlJob({ from: 'curated', into: 'days', rows: 'aggregate',
    sql: { text: 'SELECT count(*) AS plays, sum(seconds) AS seconds FROM plays.curated', path: 'daily.sql' } }),`,
};

interface Ledger {
  readonly accounts: readonly {
    readonly addsUp: boolean;
    readonly problems: readonly string[];
    readonly derived: readonly object[];
  }[];
}

/** One project, from its first record on; each test goes on where the one before stopped. */
describe("a table that a job makes of another job's table", () => {
  let folder: string;
  let terminal: Terminal;
  const bring = async (source: string, ...lines: readonly string[]): Promise<void> => {
    const words = ['produce', 'records', '--source', source, '--arrival-field', 'played_at'];
    await terminal.run(words, { input: lines.join('\n') });
    await terminal.run(['deliver', '--drain']);
  };
  const plays = async (): Promise<unknown> =>
    (await terminal.json<{ rows: unknown[][] }>(['query', 'SELECT plays, seconds FROM plays.days'])).rows;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-downstream-'));
    writePlaysProject(folder, days);
    terminal = openTerminal(folder);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('has no quarantine yet, and a condition on no field of its records is refused all the same', async () => {
    await bring('none');
    const asked = await terminal.run(['quarantine', 'show', 'curate', '--where', "nobody = 'x'"]);
    assert.match(asked.err, /nobody/);
    assert.notEqual(asked.exitCode, 0);
  });

  it('is made by the run of the job before it', async () => {
    await bring('first', playLine(1), playLine(2), playLine(6, '"six"'));
    const { out } = await terminal.run(['run', 'curate']);
    assert.match(out, /^plays\.curate: 3 rows read, 2 written to 1 partition/);
    assert.match(out, /^plays\.daily: 2 rows read, 1 written to 1 partition$/m);
    assert.doesNotMatch(out, /restated/);
    assert.deepEqual(await plays(), [[2, 3]]);
  });

  it('is restated with the hour that a late record falls into, and the run says both', async () => {
    await bring('late', playLine(3));
    const { out } = await terminal.run(['run', 'curate']);
    assert.match(
      out,
      /^restated 1 partition of plays\.curate \(2025\/08\/11\/11\), and 1 partition of plays\.daily \(2025\/08\/11\)$/m,
    );
    assert.deepEqual(await plays(), [[3, 6]]);
    assert.match(
      (await terminal.run(['run', 'curate'])).out,
      /^plays\.curate: nothing new\nplays\.daily: nothing new\n$/,
    );
  });

  it('is made anew by a rebuild of the catalog, as is the table of what was quarantined', async () => {
    for (const ending of ['', '-wal', '-shm'])
      rmSync(join(folder, `.playhead/catalog.sqlite${ending}`), { force: true });
    const { out } = await terminal.run(['rebuild']);
    assert.match(out, /^plays\.days: 1 row in 1 object, 1 partition, from 2 commits$/m);
    assert.match(out, /^plays\.curated_quarantine: 1 row in 1 object, from 2 commits$/m);
    const asked = await terminal.json<{ rows: unknown[][] }>(['query', 'SELECT reason FROM plays.curated_quarantine']);
    assert.deepEqual(asked.rows, [['wrong_type']]);
  });

  it('is left alone by a replay of what is not in quarantine', async () => {
    writeFileSync(join(folder, 'edited.ndjson'), '{"source":"elsewhere","row":7,"record":{"play_id":"x"}}\n');
    const unmatched = await terminal.run(['quarantine', 'replay', 'curate', '--file', 'edited.ndjson']);
    assert.match(unmatched.err, /not in quarantine of plays\.curate: 1 of 1 record, first elsewhere, row 7/);
    assert.notEqual(unmatched.exitCode, 0);
  });

  it('is restated by a replay of what was quarantined', async () => {
    const { out } = await terminal.run(['quarantine', 'replay', 'curate', '--set', 'seconds = 6']);
    assert.match(out, /1 record replayed, 1 written, 0 still in quarantine/);
    assert.match(out, /plays\.daily \(2025\/08\/11\)/);
    assert.deepEqual(await plays(), [[4, 12]]);
    const refused = await terminal.run(['quarantine', 'replay', 'daily']);
    assert.match(refused.err, /plays\.daily sets nothing aside/);
  });

  it('stands in the ledger by what it is made from, once, however often it was restated', async () => {
    const { out, exitCode } = await terminal.run(['ledger']);
    assert.equal(exitCode, 0);
    assert.match(out, /✓ plays\.days: 1 row in 1 partition made from 4 rows of plays\.curated, made anew 2 times/);
    const commit = join(folder, '.playhead/lake/_playhead/series/plays.daily/commit/0000000002.json');
    const text = readFileSync(commit, 'utf8');
    writeFileSync(commit, text.replace(/("inputs":\[\{"key":"[^"]+","etag":")[^"]+/, '$1another'));
    const answer = await terminal.run(['ledger', '--json']);
    assert.equal(answer.exitCode, 4);
    const wrong: Ledger = JSON.parse(answer.out);
    assert.equal(wrong.accounts[0]?.addsUp, false);
    assert.match(
      wrong.accounts[0]?.problems[0] ?? '',
      /partition 2025\/08\/11 of plays\.days is not made from curated\/.* as it is, 4 rows \(commit 2 of plays\.daily\)/,
    );
    writeFileSync(commit, text);
  });
});
