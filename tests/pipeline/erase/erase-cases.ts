import assert from 'node:assert/strict';
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { acme } from '../../../pipelines/acme/index.ts';
import { systemEffects } from '../../../src/base/effects.ts';
import { newMasterKey } from '../../../src/base/key-ring.ts';
import { seededRandom } from '../../../src/base/random.ts';
import { openFlow } from '../../../src/check/chaos/flow.ts';
import { runStruck } from '../../../src/check/chaos/struck-child.ts';
import { pathFigures } from '../../../src/check/path-figures.ts';
import { sqlStringList } from '../../../src/duck/duck.ts';
import { personFinder } from '../../../src/govern/erase/person-finder.ts';
import { searchHome } from '../../../src/govern/erase/search-home.ts';
import { listAll } from '../../../src/lake/object-store.ts';
import { type Account, accountOf } from '../../../src/ledger/account.ts';
import type { PipelineDefinition } from '../../../src/pipeline/definition.ts';
import { type Engine, openEngine } from '../../../src/pipeline/engine/bind.ts';
import { embeddedProfile, type Profile } from '../../../src/pipeline/engine/profile.ts';
import { eraseFrom } from '../../../src/pipeline/erase/erase.ts';
import { engineRunner } from '../../../src/pipeline/run/handlers.ts';
import { produceNdjson } from '../../../src/source/ndjson.ts';
import { openTestPipeline } from '../../../src/testing/index.ts';

const small: PipelineDefinition = {
  ...acme,
  sources: Object.fromEntries(
    Object.entries(acme.sources).map(([name, source]) => [
      name,
      source.source === 'seed-table' ? { ...source, rows: 120 } : source,
    ]),
  ),
};

const options = { version: '0.0.0', signal: new AbortController().signal, onProgress: () => {} };

const root = join(import.meta.dirname, '../../..');

/** Steps at which an erasure is killed, and how often each is reached before. */
export type CutOff = readonly [step: string, nth: number];

export function eraseCases(cuts: readonly CutOff[], further: boolean): void {
  describe('erasing a person from a pipeline that ran', () => {
    let master: string;
    let person: string;
    before(async () => {
      master = await mkdtemp(join(tmpdir(), 'playhead-erase-'));
      await using lake = await openTestPipeline(small, { now: '2025-08-11T07:05:00Z', schedules: [] });
      await lake.run('make-customers');
      await lake.run('make-titles');
      const range = { from: '2025-08-11T06:00:00Z', to: '2025-08-11T07:00:00Z' };
      await lake.run('viewers', {
        ...range,
        eventsPerDay: 5_000,
        duplicated: 0.05,
        malformed: 0.05,
        conflicting: 0.05,
      });
      await lake.deliver();
      await lake.run('curate');
      const [row] = await lake.rows(
        'SELECT customer_id FROM acme_telemetry.video_telemetry GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1',
      );
      person = String(row?.['customer_id']);
      await cp(lake.home, master, { recursive: true });
    });
    after(() => rm(master, { recursive: true, force: true }));

    const homes: string[] = [];
    after(async () => {
      for (const home of homes) await rm(home, { recursive: true, force: true });
    });

    async function opened(
      home: string,
      { profile = embeddedProfile, env = {} }: { profile?: Profile; env?: Record<string, string> } = {},
    ): Promise<Engine> {
      const effects = systemEffects({ random: seededRandom(2), env });
      const engine = { backend: 'duckdb', threads: 1 } as const;
      return openEngine({ pipelines: [small], profile: { ...profile, engine }, home }, effects);
    }

    async function copy(of = master): Promise<string> {
      const home = await mkdtemp(join(tmpdir(), 'playhead-erased-'));
      homes.push(home);
      await cp(of, home, { recursive: true });
      return home;
    }

    let erased: ReturnType<typeof eraseWhole> | undefined;
    /** A home out of which the person was erased, and nothing cut it off: made by the first who asks, for others to copy. */
    function erasedWhole(): ReturnType<typeof eraseWhole> {
      erased ??= eraseWhole();
      return erased;
    }

    async function eraseWhole() {
      const home = await copy();
      const engine = await opened(home);
      const before = (await pathFigures(engine, small)).map(accountOf);
      const { certificate, key } = await eraseFrom(engine, { field: 'customer_id', value: person }, options);
      const accounts = (await pathFigures(engine, small)).map(accountOf);
      const keptAs = (await (await engine.lake()).head(key))?.key;
      await engine.close();
      return { home, before, certificate, key, keptAs, accounts };
    }

    async function filesNaming(home: string): Promise<string[]> {
      const names: string[] = [];
      for (const entry of await readdir(home, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const bytes = await readFile(join(entry.parentPath, entry.name));
        const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
        if (plain.includes(person)) names.push(entry.name);
      }
      return names;
    }

    it('leaves nothing of them, keeps everybody else, and the account adds up', async () => {
      assert.ok((await filesNaming(master)).length > 0);
      const { home, before: accounts, certificate, key, keptAs, accounts: afterwards } = await erasedWhole();
      const [[before], [after]] = [accounts, afterwards];
      assert.deepEqual(certificate.verification.findings, []);
      assert.deepEqual([after?.missing, after?.problems], [0, []]);
      assert.ok(before !== undefined && after !== undefined && after.erased > 0);
      assert.equal(after.produced, before.produced);
      assert.equal(
        after.erased,
        before.delivered +
          before.quarantined +
          before.deduplicated -
          after.delivered -
          after.quarantined -
          after.deduplicated,
      );
      assert.ok(!JSON.stringify(certificate).includes(person));
      assert.equal(keptAs, key);
      assert.deepEqual(await filesNaming(home), []);
      const again = await opened(home);
      await assert.rejects(eraseFrom(again, { field: 'customer_id', value: person }, options), {
        code: 'PH_PERSON_UNKNOWN',
      });
      await again.close();
    });

    it('finds a copy wherever the home may hold one, and takes it out', async () => {
      const home = await copy((await erasedWhole()).home);
      const engine = await opened(home);
      const lines = [{ customer_id: person }, { customer_id: 'CUST_other_1' }].map(
        (each) => `${JSON.stringify(each)}\n`,
      );
      const file = async (name: string, bytes: string | Uint8Array): Promise<void> => {
        await mkdir(dirname(join(home, name)), { recursive: true });
        await writeFile(join(home, name), bytes);
      };
      await using session = await (await engine.duck()).connect();
      const parquet = async (name: string, columns: string): Promise<void> => {
        await mkdir(dirname(join(home, name)), { recursive: true });
        const text = `'{"customer_id":"${person}"}'`;
        await session.run(
          `COPY (SELECT ${columns.replace('TEXT', text)} FROM range(2)) TO '${join(home, name)}' (FORMAT parquet)`,
        );
      };
      const record = "'elsewhere/a.gz' AS source, range AS row, TEXT AS text";
      const planted: Readonly<Record<string, (name: string) => Promise<void>>> = {
        'lake/_playhead/replay/acme.curate/0000000007.parquet': (name) => parquet(name, `range AS n, ${record}`),
        'lake/_playhead/quarantine/acme.curate/0000000007.parquet': (name) => parquet(name, record),
        'lake/_playhead/failed/acme.curate/rows.parquet': (name) => parquet(name, record),
        'lake/_playhead/failed/acme.curate/report.json': (name) => file(name, lines.join('')),
        'lake/_playhead/retained/a/b': (name) => file(name, lines.join('')),
        'lake/.store/incoming/left-behind': (name) => file(name, lines.join('')),
        'lake/results/one.csv': (name) => file(name, `customer,events\n${person},7\nCUST_other_1,8\n`),
        'tmp/spool-1-gone/rows.parquet': (name) => parquet(name, record),
        'cache/page.json': (name) => file(name, lines.join('')),
        'exports/day.ndjson.gz': (name) => file(name, gzipSync(lines.join(''))),
        [`exports/${person}.txt`]: (name) => file(name, 'nothing within'),
      };
      for (const [name, plant] of Object.entries(planted)) await plant(name);
      const databases = ['runs', 'metrics', 'alarms', 'lineage', 'catalog'].map((name) => `${name}.sqlite`);
      for (const name of databases) {
        using database = new DatabaseSync(join(home, name));
        database.exec('CREATE TABLE planted (note TEXT)');
        database.prepare('INSERT INTO planted VALUES (?)').run(`seen ${person} today`);
      }
      const audited = 'audit.ndjson';
      await appendFile(join(home, audited), lines.join(''));
      const searching = { finder: personFinder({ field: 'customer_id', value: person }), ring: undefined, session };
      const scratchFile = join(home, 'tmp', 'searched.parquet');
      const { findings } = await searchHome(home, { ...searching, scratchFile }, engine.effects);
      const found = new Set(findings.map(({ file: name }) => name.replace(/-wal$/, '')));
      const all = [...Object.keys(planted), ...databases, audited].map((name) => name.replace(person, 'erased'));
      assert.deepEqual([...found].sort(), all.sort());
      const { certificate } = await eraseFrom(engine, { field: 'customer_id', value: person }, options);
      // No id ever comes there by this engine, and a line that is taken out would break its chain.
      assert.deepEqual(
        certificate.verification.findings.map(({ file: name }) => name),
        [audited],
      );
      await engine.close();
      const kept = gunzipSync(await readFile(join(home, 'exports/day.ndjson.gz')));
      assert.equal(kept.toString(), lines[1]);
    });

    it('takes nothing more of them, says so, and simulates nobody who was erased', async () => {
      const settings = { pipelines: [small], pipeline: 'acme', profile: embeddedProfile };
      const flow = await openFlow(
        settings,
        await copy((await erasedWhole()).home),
        systemEffects({ random: seededRandom(3) }),
      );
      const { engine } = flow;
      const account = async (): Promise<Account | undefined> => (await pathFigures(engine, small)).map(accountOf)[0];
      const before = await account();
      const run = await engineRunner(engine);
      // So long that everyone who watches at all does.
      const later = { from: '2025-08-11T07:00:00Z', to: '2025-08-11T10:00:00Z', eventsPerDay: 6000 };
      const source = { address: 'acme.viewers', kind: 'source', trigger: 'command', arguments: later } as const;
      await run(source, new AbortController().signal);
      await flow.deliver();
      await flow.jobs();
      const simulated = await account();
      assert.equal(simulated?.erased, before?.erased);
      assert.ok((await customersFrom(engine)) > 70);
      // Somebody whom the source still knows sends them again.
      const line = JSON.stringify({ event_id: 'again', customer_id: person });
      const input = Readable.from([Buffer.from(`${line}\n{"customer_id":"CUST_other_1"}\n${line}\n`)]);
      const produced = await produceNdjson(
        input,
        await engine.stream(),
        { topic: acme.streams['telemetry']?.topic ?? '' },
        () => {},
        engine.effects,
      );
      assert.deepEqual([produced.logged, produced.erased], [3, 2]);
      await flow.deliver();
      await flow.jobs();
      const after = await account();
      assert.deepEqual([after?.erased, after?.missing, after?.problems], [(before?.erased ?? 0) + 2, 0, []]);
      await flow.close();
      assert.deepEqual(await filesNaming(engine.home.root), []);
    });

    /** Customers of the curated table in what was simulated after the erasure. */
    async function customersFrom(engine: Engine): Promise<number> {
      const store = await engine.lake();
      const files: string[] = [];
      for await (const { key } of listAll(store, 'curated/')) files.push(await store.localFile(key));
      await using session = await (await engine.duck()).connect();
      return Number(
        await session.value(
          `SELECT count(DISTINCT customer_id) FROM read_parquet(${sqlStringList(files)}, hive_partitioning = false)
           WHERE event_timestamp >= '2025-08-11T07:00:00Z'`,
        ),
      );
    }

    for (const [step, nth] of cuts) {
      it(`ends alike where it was killed at ${step}, time ${nth}`, async () => {
        const home = await copy();
        const struck = await runStruck(
          {
            script: join(root, 'src/cli/struck-main.ts'),
            arguments: ['erase', '--key', `customer_id=${person}`, '--home', home, '--json'],
            workingDirectory: root,
            env: process.env,
          },
          { home, strike: { step, nth, signal: 'SIGKILL' } },
        );
        const { signal, err } = await struck.finish();
        assert.deepEqual({ signal, at: struck.struckAt }, { signal: 'SIGKILL', at: step }, err);
        const engine = await opened(home);
        const { certificate } = await eraseFrom(engine, { field: 'customer_id', value: person }, options);
        assert.deepEqual(certificate.verification.findings, []);
        assert.deepEqual((await pathFigures(engine, small)).map(accountOf), (await erasedWhole()).accounts);
        await engine.close();
        assert.deepEqual(await filesNaming(home), []);
      });
    }

    const erasesSealed = async (): Promise<void> => {
      const home = await copy();
      const key = Buffer.from(newMasterKey().bytes).toString('base64');
      const lake = { ...embeddedProfile.lake, versioning: true };
      const settings = { profile: { ...embeddedProfile, lake }, env: { PLAYHEAD_KEY: key } };
      const engine = await opened(home, settings);
      const first = await eraseFrom(engine, { field: 'customer_id', value: person }, options);
      assert.deepEqual(first.certificate.verification.findings, []);
      assert.ok(first.certificate.places.some(({ place }) => place === 'versions of objects'));
      // What was written anew is sealed now: another person's rows are found in there too.
      const [row] = await lineWith(engine);
      const second = await eraseFrom(engine, { field: 'customer_id', value: String(row) }, options);
      assert.deepEqual(second.certificate.verification.findings, []);
      assert.ok((second.certificate.verification.containers['encrypted gzip'] ?? 0) > 0);
      const [account] = (await pathFigures(engine, small)).map(accountOf);
      assert.deepEqual([account?.missing, account?.problems], [0, []]);
      await engine.close();
      assert.deepEqual(await filesNaming(home), []);
    };
    if (further) it('erases what is encrypted, and the versions of objects', erasesSealed);

    /** A customer of the curated table. */
    async function lineWith(engine: Engine): Promise<readonly unknown[]> {
      const store = await engine.lake();
      const [object] = (await store.list('curated/')).objects;
      await using session = await (await engine.duck()).connect();
      const file = await store.localFile(object?.key ?? '');
      const found = await session.all(`SELECT customer_id FROM read_parquet('${file}') ORDER BY 1 LIMIT 1`);
      return found.rows[0] ?? [];
    }

    it('refuses an id that nothing names, and changes nothing', async () => {
      const home = await copy();
      const engine = await opened(home);
      const commits = async (): Promise<number> => (await readdir(join(home, 'lake'), { recursive: true })).length;
      const before = await commits();
      await assert.rejects(eraseFrom(engine, { field: 'customer_id', value: 'CUST_ffffffff_999999' }, options), {
        code: 'PH_PERSON_UNKNOWN',
      });
      assert.equal(await commits(), before);
      await engine.close();
    });
  });
}
