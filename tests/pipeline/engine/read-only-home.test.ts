import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Effects, testEffects } from '../../../src/base/effects.ts';
import { isPlayheadError } from '../../../src/base/errors.ts';
import { applyDefinitions } from '../../../src/pipeline/apply/apply.ts';
import { type Engine, openEngine } from '../../../src/pipeline/engine/bind.ts';
import { embeddedProfile } from '../../../src/pipeline/engine/profile.ts';
import { queriesOf } from '../../../src/pipeline/engine/queries.ts';
import { engineRunner } from '../../../src/pipeline/run/handlers.ts';
import type { QueryOptions } from '../../../src/query/settings.ts';
import { produceNdjson } from '../../../src/source/ndjson.ts';
import { shop } from '../shop.ts';
import { mountedToRead } from './mounted-to-read.ts';

const count = 'SELECT count(*) FROM shop.orders_json';

/** Every file of the folder with its size, its times and a hash of its bytes. */
function contents(folder: string): Readonly<Record<string, string>> {
  const paths = readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)));
  return Object.fromEntries(
    paths.sort().map((path) => {
      const { mtimeMs, size } = statSync(path);
      const hash = statSync(path).isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : '';
      return [path, `${size} ${mtimeMs} ${hash}`];
    }),
  );
}

describe('a home that can only be read', () => {
  let home: string;
  const notices: string[] = [];
  const engineWith = (effects: Effects): Engine =>
    openEngine({ pipelines: [shop()], profile: embeddedProfile, home }, effects);
  const toRead = (): Engine => {
    const effects = testEffects({ log: { log: (level, message) => level === 'warn' && notices.push(message) } });
    return engineWith({ ...effects, fs: mountedToRead(home, effects) });
  };
  const produce = async (engine: Engine, ids: readonly string[]): Promise<void> => {
    const input = async function* () {
      for (const id of ids) yield Buffer.from(`{"order_id":"${id}"}\n`);
    };
    await produceNdjson(input(), await engine.stream(), { topic: 'orders' }, () => {}, engine.effects);
  };
  const ask = async (engine: Engine, sql: string, options: QueryOptions = {}): Promise<unknown> => {
    const queries = await queriesOf(engine);
    const rows: unknown[] = [];
    try {
      for await (const page of (await queries.run(sql, options)).pages) rows.push(...page);
    } finally {
      await queries.close();
    }
    return rows;
  };
  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'playhead-read-only-'));
    const engine = engineWith(testEffects());
    await applyDefinitions(engine);
    await produce(engine, ['a', 'b', 'c']);
    const run = await engineRunner(engine);
    const request = { address: 'shop.deliver', kind: 'delivery', trigger: 'test', arguments: {} } as const;
    await run(request, new AbortController().signal);
    await produce(engine, ['d']);
    await engine.close();
  });
  after(() => rmSync(home, { recursive: true }));

  it('answers, cold and fresh, says so in one line, and is left as it was', async () => {
    const spools = (): string[] =>
      readdirSync(tmpdir()).filter((name) => name.startsWith(`playhead-spool-${process.pid}-`));
    const before = contents(home);
    const engine = toRead();
    assert.deepEqual(await ask(engine, count), [[3n]]);
    assert.deepEqual(await ask(engine, count, { fresh: true }), [[4n]]);
    assert.equal((await engine.runs()).recent()[0]?.outcome, 'succeeded');
    await engine.close();
    assert.deepEqual(contents(home), before);
    assert.deepEqual(spools(), []);
    assert.equal(notices.length, 1);
    assert.ok(notices[0]?.includes(home));
  });

  it('refuses what would write', async () => {
    const before = contents(home);
    const engine = toRead();
    const isRefused = (error: unknown): boolean => isPlayheadError(error, 'PH_STORAGE_READ_ONLY');
    await assert.rejects(ask(engine, 'CREATE DATABASE other'), isRefused);
    await assert.rejects(ask(engine, `CREATE TABLE shop.copy AS SELECT * FROM shop.orders_json`), isRefused);
    await assert.rejects(produce(engine, ['e']), isRefused);
    const lake = await engine.lake();
    await assert.rejects(lake.delete('orders/x'), isRefused);
    await engine.close();
    assert.deepEqual(contents(home), before);
  });

  it('shows what its owner writes meanwhile', async () => {
    const owner = engineWith(testEffects());
    const catalog = await owner.catalog();
    await catalog.createDatabase('written_later');
    const engine = toRead();
    assert.ok((await (await engine.catalog()).databases()).includes('written_later'));
    await engine.close();
    await owner.close();
  });
});
