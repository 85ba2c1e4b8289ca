import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { systemClock, testEffects } from '../../../src/base/effects.ts';
import { isPlayheadError } from '../../../src/base/errors.ts';
import { destroyHome } from '../../../src/check/destroy/destroy-home.ts';
import { whatGoes } from '../../../src/check/destroy/what-goes.ts';
import { encodeJson } from '../../../src/commit/json-object.ts';
import { acquireLease } from '../../../src/commit/lease.ts';
import { openAuditLog } from '../../../src/govern/audit-log.ts';
import { listAll, type ObjectStore } from '../../../src/lake/object-store.ts';
import { applyDefinitions } from '../../../src/pipeline/apply/apply.ts';
import { openTerminal } from '../../cli/terminal.ts';
import { openHome, withHome } from '../plays-home.ts';

const options = { keepData: false, onProgress: () => {} };

/** What another home keeps in the same lake: a commit, and what it names. */
const othersObjects = [
  '_playhead/series/other.job/commit/0000000000.json',
  'curated/of-another.parquet',
  'theirs/notes.txt',
];

async function putOthers(lake: ObjectStore): Promise<void> {
  const [commit = '', ...objects] = othersObjects;
  for (const key of objects) await lake.put(key, Buffer.from(key));
  await lake.put(commit, encodeJson({ objects: objects.map((key) => ({ key, etag: 'e' })) }));
}

describe('destroying a home', () => {
  const folder = mkdtempSync(join(tmpdir(), 'playhead-destroy-'));
  after(() => rmSync(folder, { recursive: true }));
  const filled = async (name: string): Promise<string> => {
    const home = join(folder, name);
    await withHome(home, async (opened) => {
      await applyDefinitions(opened.engine);
      await opened.produce(3);
      await opened.deliver();
      await opened.curate();
      await opened.produce(5);
    });
    return home;
  };

  it('names what goes, and removes what its pipelines made and nothing of others', async () => {
    const home = await filled('shared');
    writeFileSync(join(home, 'notes.txt'), 'of a person');
    await withHome(home, async ({ engine }) => {
      await putOthers(await engine.lake());
      const { tables, topics, undelivered, bucket } = await whatGoes({ ...engine, pipelines: [] });
      assert.deepEqual(
        tables.map(({ table, rows }) => [table, rows]),
        [
          ['media.landing', 3],
          ['media.curated', 3],
          ['media.copied', 3],
        ],
      );
      assert.deepEqual(topics, [{ topic: 'plays', records: 5, goes: true }]);
      assert.deepEqual([undelivered, bucket], [2, false]);
      const { left, foreign } = await destroyHome(engine, options);
      assert.deepEqual([left, foreign], [4, ['notes.txt']]);
    });
    assert.deepEqual(readdirSync(home).sort(), ['lake', 'notes.txt']);
    await withHome(home, async ({ engine }) => {
      const keys: string[] = [];
      for await (const { key } of listAll(await engine.lake(), '')) keys.push(key);
      // The clock is everybody's.
      assert.deepEqual(keys, ['_playhead/retained/clock', ...othersObjects]);
    });
  });

  it('leaves nothing where there is nothing of others, also after it was cut off', async () => {
    const home = await filled('alone');
    let steps = 0;
    const cutOff = (): void => {
      steps += 1;
      if (steps === 2) throw new Error('killed');
    };
    await withHome(home, ({ engine }) =>
      assert.rejects(destroyHome(engine, { ...options, onProgress: cutOff }), /killed/),
    );
    assert.ok(existsSync(join(home, 'applied.json')), 'what is ours is still known');
    await withHome(home, ({ engine }) => destroyHome(engine, options));
    assert.ok(!existsSync(home));
  });

  it('leaves the lake as it is where the data is kept, and a catalog can be made of it', async () => {
    const home = await filled('kept');
    await withHome(home, ({ engine }) => destroyHome(engine, { ...options, keepData: true }));
    assert.deepEqual(readdirSync(home).sort(), ['lake', 'layout.json']);
    await withHome(home, async (opened) => {
      await applyDefinitions(opened.engine);
      assert.deepEqual(await opened.ask('SELECT count(*) FROM media.curated'), [[3n]]);
    });
  });

  it('waits for nobody: while another process works on the home, nothing is removed', async () => {
    const home = await filled('busy');
    const isHeld = (error: unknown): boolean => isPlayheadError(error, 'PH_LEASE_HELD');
    const working = openHome(home);
    const lake = await working.engine.lake();
    const lease = await acquireLease(lake, 'media.curate', { holder: 'job media.curate' }, working.engine.effects);
    await withHome(home, ({ engine }) => assert.rejects(destroyHome(engine, options), isHeld));
    await lease.release();
    await working.close();
    // A process that takes no lease: one that runs a query, or serves.
    const audit = openAuditLog(home, testEffects({ clock: systemClock() }));
    const call = { user: 'u', host: hostname(), version: '1', command: 'serve', arguments: [], addresses: [] };
    const sequence = audit.append({ event: 'begin', pid: process.ppid, ...call });
    await withHome(home, ({ engine }) => assert.rejects(destroyHome(engine, options), isHeld));
    assert.ok(existsSync(join(home, 'catalog.sqlite')));
    audit.append({ event: 'end', of: sequence, outcome: 'succeeded', exitCode: 0 });
    audit.close();
    await withHome(home, ({ engine }) => destroyHome(engine, options));
    assert.ok(!existsSync(home));
  });

  it('asks a person, and nobody else: a script says --yes', async () => {
    const home = join(folder, 'asked');
    const terminal = openTerminal(folder);
    const destroy = (words: readonly string[], input?: string) =>
      terminal.run(['destroy', '--home', home, ...words], input === undefined ? {} : { input, typed: true });
    // Called as parts of a home are, in a folder that is none.
    mkdirSync(join(home, 'log'), { recursive: true });
    assert.equal((await destroy(['--yes'])).exitCode, 2);
    assert.ok(existsSync(join(home, 'log')));
    await terminal.run(['keys', '--home', home]);
    const unasked = await destroy(['--keep-data']);
    // Typed as it stands, it means the same home, and no more of it.
    assert.ok(unasked.err.includes(`playhead --home ${home} destroy --keep-data --yes does it unasked`), unasked.err);
    for (const [refused, exitCode] of [
      [unasked, 2],
      [await destroy(['--json'], 'destroy\n'), 2],
      [await destroy([], 'yes\n'), 130],
    ] as const) {
      assert.equal(refused.exitCode, exitCode);
      assert.ok(existsSync(join(home, 'layout.json')));
    }
    const agreed = await destroy([], 'destroy\n');
    assert.match(agreed.err, /Goes for good[\s\S]*Type destroy to go on/);
    assert.equal(agreed.exitCode, 0, agreed.err);
    assert.ok(!existsSync(home));
    await terminal.run(['keys', '--home', home]);
    assert.equal((await destroy(['--yes'])).exitCode, 0);
    assert.ok(!existsSync(home));
    assert.equal((await destroy(['--yes'])).exitCode, 2, 'there is no home any more');
  });
});
