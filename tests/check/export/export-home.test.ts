import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { manualClock, testEffects } from '../../../src/base/effects.ts';
import { isPlayheadError, PlayheadError } from '../../../src/base/errors.ts';
import { exportHome } from '../../../src/check/export/export-home.ts';
import { restoreHome } from '../../../src/check/restore/restore-home.ts';
import { createKeyFile } from '../../../src/govern/rotate-keys.ts';
import { days } from '../../../src/index.ts';
import { type Account, addsUp } from '../../../src/ledger/account.ts';
import { applyDefinitions } from '../../../src/pipeline/apply/apply.ts';
import { trimTopic } from '../../../src/pipeline/run/trim-delivered.ts';
import { openHome, withHome } from '../plays-home.ts';

const options = { version: '1.2.3', signal: new AbortController().signal, onProgress: () => {} };
const curatedIds = 'SELECT count(*), count(DISTINCT id) FROM media.curated';
const isCode =
  (code: 'PH_USAGE' | 'PH_EXPORT_DAMAGED' | 'PH_LEASE_HELD', said: RegExp) =>
  (error: unknown): boolean =>
    isPlayheadError(error, code) && said.test(error.message);

describe('an export', () => {
  const folder = mkdtempSync(join(tmpdir(), 'playhead-export-'));
  const home = join(folder, 'home');
  const there = join(folder, 'export');
  let accounts: readonly Account[];
  let names = 0;
  const fresh = (): string => {
    names += 1;
    return join(folder, `new-${names}`);
  };
  const restored = async (from = there): Promise<string> => {
    const root = fresh();
    await restoreHome(from, root, options, testEffects());
    return root;
  };
  /** A copy of the export in which one file is not as it was exported. */
  const altered = (alter: (copy: string) => void): string => {
    const copy = fresh();
    cpSync(there, copy, { recursive: true });
    alter(copy);
    return copy;
  };
  before(async () => {
    await withHome(home, async (opened) => {
      await applyDefinitions(opened.engine);
      await opened.produce(21);
      await opened.deliver();
      await opened.curate();
      await (await opened.engine.catalog()).createDatabase('of_a_user');
      await opened.produce(24);
      accounts = await opened.ledger();
      await exportHome(opened.engine, there, options);
    });
  });
  after(() => rmSync(folder, { recursive: true }));

  it('becomes a home with the same account, catalog and runs, in which work goes on where it stood', async () => {
    await withHome(await restored(), async (opened) => {
      assert.deepEqual(await opened.ledger(), accounts);
      assert.ok((await (await opened.engine.catalog()).databases()).includes('of_a_user'));
      assert.deepEqual(
        (await opened.engine.runs()).recent().map(({ address }) => address),
        ['media.copy', 'media.curate', 'media.deliver'],
      );
      assert.equal(await opened.produce(30), 6, 'the source goes on behind what the log has');
      await opened.deliver();
      await opened.curate();
      assert.deepEqual(await opened.ask(curatedIds), [[30n, 30n]]);
      const [account] = await opened.ledger();
      assert.ok(account !== undefined && addsUp(account));
      assert.deepEqual([account.produced, account.delivered, account.pending], [30, 30, 0]);
    });
  });

  it('is refused whole where a byte, a length, a file or the manifest is not as it was, and makes no home', async () => {
    const files = readFileSync(join(there, 'manifest.ndjson'), 'utf8').split('\n');
    const object = JSON.parse(files.find((line) => line.includes('lake/landing')) ?? '{}').path as string;
    const refused = async (from: string, said: RegExp): Promise<void> => {
      const root = fresh();
      await assert.rejects(restoreHome(from, root, options, testEffects()), isCode('PH_EXPORT_DAMAGED', said));
      assert.ok(!existsSync(root), 'nothing was written');
    };
    const flip = (copy: string): void => {
      const bytes = readFileSync(join(copy, object));
      bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
      writeFileSync(join(copy, object), bytes);
    };
    await refused(altered(flip), /landing.*holds other bytes than were exported/);
    await refused(
      altered((copy) => appendFileSync(join(copy, object), 'x')),
      /landing.*has \d+ bytes, \d+ were exported/,
    );
    await refused(
      altered((copy) => rmSync(join(copy, object))),
      /landing.*is missing/,
    );
    const manifest = (change: (text: string) => string) => (copy: string) =>
      writeFileSync(join(copy, 'manifest.ndjson'), change(files.join('\n')));
    await refused(altered(manifest((text) => text.slice(0, text.lastIndexOf('{')))), /its end is missing/);
    await refused(altered(manifest((text) => text.replace(/\{"path":"lake[^\n]*\n/, ''))), /it was altered/);
    await refused(altered(manifest((text) => text.replace('"path":"lake', '"path":"../lake'))), /no file of it/);
  });

  it('is made only into an empty folder elsewhere', async () => {
    const other = fresh();
    await withHome(home, async ({ engine }) => {
      await assert.rejects(exportHome(engine, there, options), isCode('PH_USAGE', /not empty: it holds an export/));
      await assert.rejects(exportHome(engine, join(home, 'backup'), options), isCode('PH_USAGE', /lies in the home/));
      await assert.rejects(exportHome(engine, folder, options), isCode('PH_USAGE', /not empty$/));
      await assert.rejects(
        exportHome(engine, join(there, 'manifest.ndjson'), options),
        isCode('PH_USAGE', /not a folder/),
      );
      await exportHome(engine, other, options);
    });
    await assert.rejects(restoreHome(other, home, options, testEffects()), isCode('PH_USAGE', /is there already/));
  });

  it('goes on after it was killed at any step; until its manifest is there it is no export', async () => {
    for (const [step, times] of [
      ['export.copied', 3],
      ['export.written', 1],
    ] as const) {
      const to = fresh();
      let left: number = times;
      const copied: string[] = [];
      const reached = (at: string): void => {
        if (at === step) left -= 1;
        if (left === 0) throw new PlayheadError('PH_INTERNAL', 'killed');
        if (at === 'export.copied') copied.push(at);
      };
      await withHome(home, ({ engine }) => assert.rejects(exportHome(engine, to, options), /killed/), { reached });
      await assert.rejects(restoreHome(to, fresh(), options, testEffects()), isCode('PH_USAGE', /no whole export/));
      const before = copied.length;
      left = -1;
      await withHome(home, ({ engine }) => exportHome(engine, to, options), { reached });
      assert.ok(
        step !== 'export.written' || copied.length - before < before / 2,
        'what was copied is not copied again',
      );
      await withHome(await restored(to), async (opened) => assert.deepEqual(await opened.ledger(), accounts));
    }
  });

  it('is no home before all of it is restored', async () => {
    const root = fresh();
    const reached = (at: string): void => {
      if (at === 'restore.whole') throw new PlayheadError('PH_INTERNAL', 'killed');
    };
    await assert.rejects(restoreHome(there, root, options, testEffects({ reached })), /killed/);
    assert.ok(!existsSync(root));
    await restoreHome(there, root, options, testEffects());
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.includes('restoring')),
      [],
    );
  });

  it('of an encrypted home is sealed as the home is, and is restored without the key', async () => {
    const [sealed, to, file] = [fresh(), fresh(), fresh()];
    const id = await createKeyFile(file, testEffects());
    const env = { PLAYHEAD_KEY_FILE: file };
    const exported = await withHome(
      sealed,
      async (opened) => {
        await applyDefinitions(opened.engine);
        await opened.produce(3);
        await opened.deliver();
        return exportHome(opened.engine, to, options);
      },
      { env },
    );
    assert.equal(exported.encryptionKey, id);
    const landed = readdirSync(join(to, 'lake'), { recursive: true }).find((name) => String(name).endsWith('.json.gz'));
    const object = join('lake', String(landed));
    assert.deepEqual(readFileSync(join(to, object)), readFileSync(join(sealed, object)));
    assert.throws(() => gunzipSync(readFileSync(join(to, object))), 'it is not the gzip that was delivered');
    const root = await restored(to);
    await withHome(root, (opened) => assert.rejects(opened.ledger(), /key/));
    await withHome(root, async (opened) => assert.equal((await opened.ledger())[0]?.produced, 3), { env });
  });

  for (const { what, behind, trims, hour, rounds, landed } of [
    { what: 'delivered and curated', behind: [1, 2, 3], trims: false, rounds: 1, landed: 30n },
    { what: 'delivered and restated', behind: [1], trims: false, hour: 3, rounds: 2, landed: 27n },
    { what: 'delivered, curated and trimmed', behind: [3], trims: true, rounds: 2, landed: 27n },
  ])
    it(`is of one moment, whatever is ${what} in the middle of it`, async () => {
      const [busy, to] = [await restored(), fresh()];
      const clock = manualClock();
      const working = openHome(busy, { clock });
      // Behind which of the three series that are copied once the lake was listed: two jobs', then the delivery's.
      let [count, listed, copied] = [24, 0, 0];
      const reached = async (at: string): Promise<void> => {
        if (at === 'export.listed') listed += 1;
        if (at !== 'export.series' || listed === 0) return;
        copied += 1;
        if (!behind.includes(copied)) return;
        count += 3;
        await working.produce(count, hour);
        await working.deliver();
        await working.curate();
        if (trims) await clock.advance(days(30));
        if (trims) await trimTopic(working.engine, 'plays');
      };
      // Called where another config is loaded.
      await withHome(busy, ({ engine }) => exportHome({ ...engine, pipelines: [] }, to, options), { reached });
      await working.close();
      assert.equal(listed, rounds);
      await withHome(await restored(to), async (opened) => {
        const [account] = await opened.ledger();
        assert.ok(account !== undefined && addsUp(account), JSON.stringify(account));
        assert.deepEqual(await opened.ask('SELECT count(*) FROM media.landing'), [[landed]]);
        await opened.produce(50);
        await opened.deliver();
        await opened.curate();
        assert.deepEqual(await opened.ask(curatedIds), [[50n, 50n]]);
        const [after] = await opened.ledger();
        assert.ok(after !== undefined && addsUp(after) && after.delivered === 50, JSON.stringify(after));
      });
    });
});
