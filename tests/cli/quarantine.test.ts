import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { playLine, writePlaysProject } from './plays-project.ts';
import { openTerminal, type Terminal } from './terminal.ts';

const latin = Buffer.from('{"play_id":"Jos\xe9"', 'latin1');

/** One home: two lines that are no records (one of them not UTF-8), and a play whose seconds are a text. */
describe('quarantine', () => {
  let folder: string;
  let terminal: Terminal;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-quarantine-'));
    writePlaysProject(folder);
    terminal = openTerminal(folder);
    const lines = [Buffer.from(`${playLine(1)}\n${playLine(6, '"six"')}\nno record\n`), latin];
    await terminal.run(['produce', 'records', '--arrival-field', 'played_at'], { input: Readable.from(lines) });
    await terminal.run(['deliver', '--drain']);
    await terminal.run(['run', 'curate']);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('shows what a delivery could not parse, byte for byte', async () => {
    const { records } = await terminal.json<{ records: { text: string | null; rawData: string; reason: string }[] }>([
      ...['quarantine', 'show', 'plays.deliver'],
    ]);
    const bytes = records.map(({ rawData }) => Buffer.from(rawData, 'base64').toString('latin1'));
    assert.deepEqual(bytes.sort(), ['no record', latin.toString('latin1')].sort());
    assert.deepEqual(records.map(({ text }) => text).sort(), ['no record', null].sort());
    const { out } = await terminal.run(['quarantine', 'show', 'deliver']);
    assert.equal(out.trim().split('\n').length, 2);
    assert.match(out, /"text":"no record"/);
    assert.equal(
      (await terminal.run(['quarantine', 'show', 'deliver', '--limit', '1'])).out.trim().split('\n').length,
      1,
    );
  });

  it('counts it, and names the command that shows it', async () => {
    for (const words of [['quarantine'], ['quarantine', 'list', 'deliver']]) {
      const { out } = await terminal.run(words);
      assert.match(out, /^plays.deliver: 2 records could not be parsed: playhead quarantine show plays.deliver$/m);
    }
  });

  it('lets it be queried as a table, also after a rebuild', async () => {
    const sql = `SELECT reason, raw_data, stream_partition, position, arrived_ms, "$path" FROM plays.landing_quarantine`;
    const { records } = await terminal.json<{ records: Readonly<Record<string, unknown>>[] }>([
      ...['quarantine', 'show', 'deliver'],
    ]);
    const expected = records.map(({ reason, rawData, partition, position, arrivedAt, source }) => {
      return [reason, rawData, partition, Number(position), Date.parse(String(arrivedAt)), source];
    });
    const ask = async (): Promise<unknown> =>
      (await terminal.json<{ rows: unknown[][] }>(['query', `${sql} ORDER BY raw_data`])).rows;
    expected.sort(([, a], [, b]) => (String(a) < String(b) ? -1 : 1));
    assert.equal(expected.length, 2);
    assert.deepEqual(await ask(), expected);
    assert.match(
      (await terminal.run(['quarantine'])).out,
      /^playhead query "SELECT \* FROM plays.landing_quarantine"$/m,
    );
    const catalog = new DatabaseSync(join(folder, '.playhead/catalog.sqlite'));
    catalog.exec("DELETE FROM objects WHERE key LIKE 'errors/%'");
    catalog.close();
    assert.deepEqual(await ask(), []);
    const { out } = await terminal.run(['rebuild']);
    assert.match(out, /^plays.landing_quarantine: 2 rows in 1 object, from \d+ commits$/m);
    assert.deepEqual(await ask(), expected);
  });

  it('says what to do with it in place of a replay', async () => {
    const { exitCode, err } = await terminal.run(['quarantine', 'replay', 'deliver']);
    assert.equal(exitCode, 2);
    assert.match(err, /playhead produce plays.records --file/);
  });

  it('says after a replay that mended nothing why, and what to do', async () => {
    const { out } = await terminal.run(['quarantine', 'replay', 'curate']);
    assert.match(
      out,
      /1 record replayed, 0 written, 1 still in quarantine\n {2}there now: 1 for \S+, as seconds: .*six/,
    );
    assert.match(out, /^ {2}playhead quarantine show plays.curate .*--set/m);
  });

  it('shows of each record which field broke which rule, in lines that are never folded', async () => {
    const { out } = await terminal.run(['quarantine', 'show', 'curate'], { columns: 40 });
    const { issues, record, reason } = JSON.parse(out) as Readonly<Record<string, unknown>>;
    assert.deepEqual(issues, ['seconds: expected int, got "six" (wrong_type)']);
    assert.deepEqual([reason, record], ['wrong_type', playLine(6, '"six"')]);
  });

  it('fails where a repair chooses none of the records that are there, and says which there are', async () => {
    const { exitCode, err } = await terminal.run(['quarantine', 'replay', 'curate', '--where', 'seconds > 5']);
    assert.equal(exitCode, 4);
    assert.match(err, /no record of its quarantine was chosen\n.*1 for wrong_type, as seconds: "six"/);
    writeFileSync(join(folder, 'empty.ndjson'), '\n');
    const empty = await terminal.run(['quarantine', 'replay', 'curate', '--file', 'empty.ndjson']);
    assert.deepEqual([empty.exitCode, /holds no record/.test(empty.err)], [2, true]);
  });

  it('lists what one pipeline, job or delivery set aside', async () => {
    for (const words of [
      ['quarantine', 'plays'],
      ['quarantine', 'list', 'plays'],
      ['quarantine', 'list', 'curate'],
    ])
      assert.match((await terminal.run(words)).out, /^plays.curate +wrong_type +1/m, words.join(' '));
    const { exitCode, err } = await terminal.run(['quarantine', 'play']);
    assert.equal(exitCode, 2);
    assert.match(err, /no action of quarantine, and no pipeline, is called "play"\n.*Did you mean/);
  });

  it('takes a pipeline as status and anomalies do, which say what it lacks', async () => {
    const { pipelines } = await terminal.json<{ pipelines: { pipeline: string }[] }>(['status', 'plays']);
    assert.deepEqual(
      pipelines.map(({ pipeline }) => pipeline),
      ['plays'],
    );
    const unknown = await terminal.run(['status', 'play']);
    assert.deepEqual([unknown.exitCode, /There are: plays/.test(unknown.err)], [2, true]);
    const none = await terminal.run(['anomalies', 'plays']);
    assert.deepEqual([none.exitCode, /no detector is defined in plays/.test(none.err)], [2, true]);
  });

  for (const [condition, column, said] of [
    ['seconds =', 10, 'it ends too soon'],
    ['seconds = )', 11, 'unexpected )'],
    ['nofunc(seconds) = 1', 1, 'the function nofunc() is not supported'],
  ] as const)
    it(`points into the condition that was written: ${condition}`, async () => {
      const { err } = await terminal.run(['quarantine', 'show', 'curate', '--where', condition]);
      const [first, shown, caret] = err.split('\n');
      assert.equal(first, `✗ --where, line 1, column ${column}: ${said}`);
      assert.equal(shown?.trim(), condition);
      assert.equal(caret, `${' '.repeat(column + 1)}^`);
    });

  it('shows the key of one that says otherwise what another record of that key said', async () => {
    const input = Readable.from([Buffer.from(`${playLine(1, 99)}\n`)]);
    await terminal.run(['produce', 'records', '--arrival-field', 'played_at'], { input });
    await terminal.run(['deliver', '--drain']);
    await terminal.run(['run', 'curate']);
    assert.match((await terminal.run(['quarantine'])).out, /^plays.curate +key_conflict +1 *\n? +play_id: p1/m);
  });
});
