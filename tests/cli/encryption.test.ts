import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync, zstdCompressSync } from 'node:zlib';
import { newMasterKey } from '../../src/base/key-ring.ts';
import { openTerminal, type Terminal } from './terminal.ts';

const pipelineText = `
  import { byHour, defineConfig, defineRecord, definePipeline, delivery, field, json, sqlJob, stream, table, workgroup } from 'playhead';
  const play = defineRecord('play', { fields: { play_id: field.string(), played_at: field.timestamp(), who: field.string() } });
  const plays = definePipeline('plays', {
    streams: { records: stream({ topic: 'plays', record: play, key: 'play_id', partitions: 2 }) },
    tables: {
      landing: table({ database: 'plays', name: 'landing', record: play, location: 'plays/', format: 'json' }),
      curated: table({ database: 'plays', name: 'curated', record: play, location: 'curated/', format: 'parquet' }),
      counted: table({ database: 'plays', name: 'counted', record: play, location: 'counted/', format: 'parquet' }),
    },
    deliveries: { deliver: delivery({ from: 'records', table: 'landing', format: json({ compression: 'none' }), prefix: 'plays/' }) },
    jobs: {
      curate: sqlJob({ from: 'landing', into: 'curated', rows: 'one-to-one', incremental: byHour('played_at'),
        sql: { text: 'SELECT play_id, played_at, who FROM plays.landing', path: 'curate.sql' }, unique: { key: ['play_id'] } }),
      fail: sqlJob({ from: 'landing', into: 'counted', rows: 'one-to-one', incremental: byHour('played_at'),
        sql: { text: "SELECT play_id, played_at, CAST(CAST(who AS integer) AS varchar) AS who FROM plays.landing", path: 'fail.sql' } }),
    },
    workgroups: { analysts: workgroup({ results: 'results/' }) },
  });
  export const config = defineConfig({ pipelines: [plays] });
`;

/** Stands in every record that is sent, in each of the ways that a record can take. */
const planted = 'PLANTED-7f3a-person';
const records = [
  `{"play_id":"${planted}-1","played_at":"2025-08-11T11:00:00Z","who":"${planted}"}`,
  `{"play_id":"${planted}-1","played_at":"2025-08-11T11:00:00Z","who":"${planted}"}`,
  `{"play_id":"${planted}-1","played_at":"2025-08-11T11:00:00Z","who":"another ${planted}"}`,
  `{"play_id":"${planted}-2","played_at":"${planted}","who":"${planted}"}`,
  `no record: ${planted}`,
].join('\n');

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/** Files that hold the text, as it is, in base64 at any place, or in gzip. Plain files with it must be found. */
function holding(folder: string, text: string): string[] {
  const needles = [Buffer.from(text), ...[0, 1, 2].map((shift) => Buffer.from(base64Core(text, shift)))];
  return filesUnder(folder).filter((path) => {
    const bytes = readFileSync(path);
    const bodies = bytes[0] === 0x1f && bytes[1] === 0x8b ? [bytes, gunzipSync(bytes)] : [bytes];
    return bodies.some((body) => needles.some((needle) => body.includes(needle)));
  });
}

/** The part of a text's base64 that is the same whatever stands around it. */
function base64Core(text: string, shift: number): string {
  const skipped = (3 - shift) % 3;
  const whole = text.slice(skipped, skipped + Math.floor((text.length - skipped) / 3) * 3);
  return Buffer.from(whole).toString('base64');
}

function digest(folder: string): string {
  const hash = createHash('sha256');
  // What a command that is refused may do: say in the audit log that it was run.
  for (const path of filesUnder(folder).sort())
    if (!/audit|hash\.key|-shm$|-wal$/.test(path)) hash.update(path).update(readFileSync(path));
  return hash.digest('hex');
}

describe('an encrypted home', () => {
  let folder: string;
  let home: string;
  let keyFile: string;
  let terminal: Terminal;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-encrypted-'));
    home = join(folder, '.playhead');
    keyFile = join(folder, 'playhead.key');
    writeFileSync(join(folder, 'playhead.config.ts'), pipelineText);
    terminal = openTerminal(folder, { PLAYHEAD_KEY_FILE: keyFile });
  });
  after(() => rmSync(folder, { recursive: true }));

  const succeeds = async (words: string[], input?: string): Promise<string> => {
    const { exitCode, out, err } = await terminal.run(words, input === undefined ? {} : { input });
    assert.equal(exitCode, 0, `${words.join(' ')}: ${err}`);
    return out;
  };
  const count = async (): Promise<string> =>
    succeeds(['query', 'SELECT count(*) AS n FROM plays.curated', '--format', 'csv']);

  it('is not made where the key file is missing', async () => {
    const { exitCode, err } = await terminal.run(['produce', 'records'], { input: records });
    assert.equal(exitCode, 5);
    assert.ok(err.includes(keyFile) && err.includes('PLAYHEAD_KEY_FILE'), err);
    assert.deepEqual(holding(home, planted), []);
  });

  it('holds no record in plain text, wherever the record went', async () => {
    assert.match(await succeeds(['keys', 'create', 'playhead.key']), /key [0-9a-f]{16} is in/);
    assert.equal((await terminal.run(['keys', 'create', 'playhead.key'])).exitCode, 2, 'a key is never overwritten');
    await succeeds(['produce', 'records'], records);
    assert.match(
      await succeeds(['query', 'SELECT count(*) AS n FROM plays.landing', '--fresh', '--format', 'csv']),
      /\d/,
    );
    await succeeds(['deliver', '--drain']);
    await succeeds(['run', 'curate']);
    const asked = `SELECT who FROM plays.curated WHERE play_id = '${planted}-1'`;
    assert.match(await succeeds(['query', asked, '--workgroup', 'analysts']), new RegExp(planted));
    await terminal.run(['query', `SELECT CAST(who AS integer) FROM plays.curated WHERE who = '${planted}'`]);
    const failed = await terminal.run(['run', 'fail']);
    assert.ok(failed.exitCode !== 0 && failed.err.includes(planted), failed.err);
    assert.match(await succeeds(['logs', 'fail']), new RegExp(planted), 'who has the key reads why it failed');
    assert.deepEqual(holding(home, planted), []);
    assert.ok(filesUnder(join(home, 'lake/results')).length > 0);
    assert.deepEqual(filesUnder(join(home, 'tmp')), []);
  });

  it('is searched by a search that finds plain text, base64 and gzip', () => {
    const copies = join(folder, 'copies');
    mkdirSync(copies);
    writeFileSync(join(copies, 'plain'), `x${planted}x`);
    for (const before of ['', 'x', 'xx'])
      writeFileSync(join(copies, `base64-${before}`), Buffer.from(`${before}${planted} and more`).toString('base64'));
    assert.equal(holding(copies, planted).length, 4);
    writeFileSync(join(copies, 'other'), zstdCompressSync(Buffer.from('nothing')));
    assert.equal(holding(copies, planted).length, 4);
  });

  it('loses what a process that was killed had decrypted, at the next start', async () => {
    // No process has so high a number on Linux or macOS.
    const left = join(home, 'tmp/spool-99999999-left');
    mkdirSync(left, { recursive: true });
    writeFileSync(join(left, 'decrypted.parquet'), planted);
    await succeeds(['deliver', '--drain']);
    assert.deepEqual(holding(home, planted), []);
  });

  it('opens with no other key and with none, says which it wants and where it looked, and changes nothing', async () => {
    const before = digest(home);
    const { id } = await terminal
      .json<{ keys: { id: string }[] }>(['keys'])
      .then(({ keys }) => keys[0] ?? assert.fail());
    const other = Buffer.from(newMasterKey().bytes).toString('base64');
    for (const [env, looked] of [
      [{}, /PLAYHEAD_KEY_FILE \(not set\), PLAYHEAD_KEY \(not set\)/],
      [{ PLAYHEAD_KEY: other }, /looked in PLAYHEAD_KEY \(which holds [0-9a-f]{16}\)/],
      [{ PLAYHEAD_KEY_FILE: join(folder, 'gone.key') }, /gone\.key/],
    ] as const)
      for (const words of [
        ['query', 'SELECT count(*) FROM plays.curated'],
        ['deliver', '--drain'],
        ['ledger'],
        ['keys', 'rotate'],
      ]) {
        const { exitCode, err } = await openTerminal(folder, env).run(words);
        assert.equal(exitCode, 5, err);
        assert.match(err, looked);
        if (!/gone\.key/.test(err)) assert.ok(err.includes(id), err);
      }
    assert.equal(digest(home), before);
  });

  it('takes a new key without writing its data again, and forgets the former one', async () => {
    const former = readFileSync(keyFile, 'utf8');
    const copied = join(folder, 'before');
    cpSync(home, copied, { recursive: true });
    const rotated = await terminal.json<{ newKey: boolean; rewrapped: number }>(['keys', 'rotate']);
    assert.ok(rotated.newKey && rotated.rewrapped > 5);
    assert.match(await count(), /1/);
    const forgotten = await terminal.json<{ newKey: boolean; forgotten: string[] }>(['keys', 'rotate', '--forget']);
    assert.deepEqual([forgotten.newKey, forgotten.forgotten.length], [false, 1]);
    assert.match(await count(), /1/);
    await succeeds(['ledger']);
    const { keys } = await terminal.json<{ keys: { id: string; files: number }[] }>(['keys']);
    assert.equal(keys.length, 1);
    writeFileSync(join(folder, 'former.key'), former);
    const withFormer = openTerminal(folder, { PLAYHEAD_KEY_FILE: join(folder, 'former.key') });
    assert.equal((await withFormer.run(['ledger'])).exitCode, 5);
    assert.equal(
      (await withFormer.run(['ledger', '--home', copied])).exitCode,
      0,
      'a backup opens with the key of its time',
    );
  });
});
