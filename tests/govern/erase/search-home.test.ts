import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { testEffects } from '../../../src/base/effects.ts';
import { eraseInSqlite } from '../../../src/base/erase-sqlite.ts';
import { keyRingText, newMasterKey, parseKeyRing } from '../../../src/base/key-ring.ts';
import { sealBody } from '../../../src/base/sealed-file.ts';
import { codecs } from '../../../src/delivery/compression.ts';
import { type Duck, type DuckSession, openDuck } from '../../../src/duck/duck.ts';
import { personFinder } from '../../../src/govern/erase/person-finder.ts';
import { searchHome } from '../../../src/govern/erase/search-home.ts';

const value = 'U-2718281828';
const finder = personFinder({ field: 'user_id', value });
const line = `{"user_id":"${value}","plays":3}\n`;
const other = '{"user_id":"U-27182818280","plays":3}\n';
const ring = parseKeyRing(keyRingText([newMasterKey()]), 'a test');

async function sealed(bytes: Uint8Array): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of sealBody([bytes], ring)) parts.push(part);
  return Buffer.concat(parts);
}

describe('searching a home for a person', () => {
  let folder: string;
  let duck: Duck;
  let session: DuckSession;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'playhead-search-'));
    const temporaryDirectory = join(folder, 'duck');
    await mkdir(temporaryDirectory);
    duck = await openDuck({ memoryBytes: 256 * 1024 ** 2, threads: 1, temporaryDirectory });
    session = await duck.connect();
  });
  after(async () => {
    await session[Symbol.asyncDispose]();
    await duck.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function parquet(id: string): Promise<Buffer> {
    const file = join(folder, 'made.parquet');
    await session.run(`COPY (SELECT '${id}' AS user_id, 3 AS plays) TO '${file}' (FORMAT parquet, COMPRESSION zstd)`);
    const { readFile } = await import('node:fs/promises');
    return readFile(file);
  }

  const error = (id: string): string =>
    `${JSON.stringify({ errorCode: 'x', rawData: Buffer.from(`broken{"user_id":"${id}"`).toString('base64') })}\n`;
  const repeated = (text: string): Buffer => Buffer.from('{"user_id":"nobody"}\n'.repeat(2000) + text);

  const planted: Readonly<Record<string, (text: string, id: string) => Promise<Uint8Array>>> = {
    'lines.ndjson': async (text) => repeated(text),
    'escaped.ndjson': async (_, id) => Buffer.from(`{"user_id":"${id.replace('U', '\\u0055')}"}\n`),
    'packed.json.gz': async (text) => gzipSync(repeated(text)),
    'packed.json.zst': async (text) => zstdCompressSync(repeated(text)),
    'packed.json.zip': async (text) => codecs.zip.pack([repeated(text)], 6),
    'packed.json.snappy': async (text) => codecs.snappy.pack([repeated(text)], 6),
    'table.parquet': async (_, id) => parquet(id),
    'error.json': async (_, id) => Buffer.from(error(id)),
    'sealed.json': async (text) => sealed(repeated(text)),
    'sealed.json.gz': async (text) => sealed(gzipSync(repeated(text))),
    'sealed.parquet': async (_, id) => sealed(await parquet(id)),
    'raw.bin': async (_, id) => Buffer.concat([Buffer.alloc(5000), Buffer.from(id), Buffer.alloc(5000)]),
    'damaged.gz': async (text) => Buffer.concat([gzipSync('{}').subarray(0, 12), Buffer.from(text)]),
  };

  async function foundIn(home: string): Promise<readonly string[]> {
    const searching = { finder, ring, session, scratchFile: join(folder, 'copy.parquet') };
    return (await searchHome(home, searching, testEffects())).findings.map(({ file }) => file);
  }

  async function homeWith(name: string, bytes: Uint8Array): Promise<string> {
    const home = await mkdtemp(join(folder, 'home-'));
    await mkdir(dirname(join(home, name)), { recursive: true });
    await writeFile(join(home, name), bytes);
    return home;
  }

  for (const [name, make] of Object.entries(planted)) {
    it(`finds a copy in ${name}, and not another's id that begins alike`, async () => {
      assert.deepEqual(await foundIn(await homeWith(name, await make(line, value))), [name]);
      assert.deepEqual(await foundIn(await homeWith(name, await make(other, 'U-27182818280'))), []);
    });
  }

  it('finds a row that was deleted, where SQLite keeps its page, and one in the log beside the file', async () => {
    const home = await mkdtemp(join(folder, 'home-'));
    const file = join(home, 'state.sqlite');
    const database = new DatabaseSync(file);
    database.exec('PRAGMA secure_delete = OFF; PRAGMA journal_mode = WAL; CREATE TABLE t (note TEXT)');
    database.prepare('INSERT INTO t VALUES (?)').run(`seen ${value} today`);
    assert.deepEqual(await foundIn(home), ['state.sqlite', 'state.sqlite-wal']);
    database.exec('DELETE FROM t; PRAGMA wal_checkpoint(TRUNCATE)');
    assert.deepEqual(await foundIn(home), ['state.sqlite']);
    assert.deepEqual(eraseInSqlite(file, finder.inText, finder.redacted), { values: 0, isSwept: true });
    assert.deepEqual(await foundIn(home), []);
    database.close();
  });

  it('takes an id out of texts in SQLite, and leaves the rest of them', async () => {
    const home = await mkdtemp(join(folder, 'home-'));
    const file = join(home, 'state.sqlite');
    const database = new DatabaseSync(file);
    database.exec('PRAGMA journal_mode = WAL; CREATE TABLE t (note TEXT)');
    for (const id of [value, 'U-27182818280']) database.prepare('INSERT INTO t VALUES (?)').run(`seen ${id} today`);
    assert.equal(eraseInSqlite(file, finder.inText, finder.redacted).values, 1);
    const notes = database.prepare('SELECT note FROM t ORDER BY note').all();
    assert.deepEqual(
      notes.map(({ note }) => note),
      ['seen U-27182818280 today', 'seen erased today'],
    );
    database.close();
    assert.deepEqual(await foundIn(home), []);
  });

  it('finds an id in the name of a file', async () => {
    const home = await homeWith(`user=${value}/a.txt`, Buffer.from('x'));
    assert.deepEqual(await foundIn(home), ['user=erased/a.txt']);
  });

  it('takes a short id as the value of its field alone', () => {
    const short = personFinder({ field: 'user_id', value: '7' });
    const names = (text: string): boolean => short.inRecord(Buffer.from(text));
    assert.ok(names('{"user_id":7}') && names('{"a":{"user_id":"7"}}') && names('user_id=7 logged in'));
    assert.ok(!names('{"user_id":77}') && !names('{"plays":7}') && !names('{"other_user_id":7}'));
  });
});
