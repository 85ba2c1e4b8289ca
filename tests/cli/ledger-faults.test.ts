import assert from 'node:assert/strict';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Account } from '../../src/ledger/account.ts';
import type { FaultKind, FaultPlace } from '../../src/ledger/fault.ts';
import { playLine, playThrough, writePlaysProject } from './plays-project.ts';
import { openTerminal, type Terminal } from './terminal.ts';

const series = 'plays.deliver.e0.l0';
const commits = `lake/_playhead/series/${series}/commit`;

/** One home in which everything adds up, copied for each fault. */
describe('the ledger, when something is done to what it accounts for', () => {
  let folder: string;
  let sound: string;
  let terminal: Terminal;
  let copies = 0;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-ledger-'));
    writePlaysProject(folder);
    terminal = openTerminal(folder);
    sound = join(folder, '.playhead');
    await playThrough(terminal, () => cpSync(join(sound, 'log'), join(folder, 'older-log'), { recursive: true }));
  });
  after(() => rmSync(folder, { recursive: true }));

  interface Told {
    readonly exitCode: number;
    readonly account: Account & { readonly addsUp: boolean };
    readonly faults: readonly [FaultKind, FaultPlace][];
    readonly text: string;
  }
  async function ledger(home: string, ...words: string[]): Promise<Told> {
    const { exitCode, out } = await terminal.run(['ledger', '--json', '--home', home, ...words]);
    const [account] = (JSON.parse(out) as { accounts: Told['account'][] }).accounts;
    assert.ok(account !== undefined);
    return {
      exitCode,
      account,
      faults: account.faults.map(({ kind, place }) => [kind, place]),
      text: account.problems.join('\n'),
    };
  }
  /** A copy of the sound home to which `fault` is done; what the ledger then says. */
  async function broken(fault: (home: string) => void, ...words: string[]): Promise<Told> {
    copies += 1;
    const home = join(folder, `home-${copies}`);
    cpSync(sound, home, { recursive: true });
    fault(home);
    const told = await ledger(home, ...words);
    rmSync(home, { recursive: true });
    assert.equal(told.exitCode, 4, told.text);
    return told;
  }
  const only = (home: string, pattern: string): string => {
    const [found, ...others] = globSync(join(home, pattern));
    assert.ok(found !== undefined && others.length === 0, `${pattern}: ${others.length}`);
    return found;
  };
  const dataOf = (home: string, n: number): string =>
    only(home, `lake/plays/**/*-e0l0p${String(n).padStart(8, '0')}f0000-*.json.gz`);
  const keyOf = (home: string, path: string): string => path.slice(join(home, 'lake/').length);
  const commitFile = (home: string, n: number): string => join(home, commits, `${String(n).padStart(10, '0')}.json`);
  function inDatabase(file: string, sql: string): void {
    const database = new DatabaseSync(file);
    database.exec(sql);
    database.close();
  }

  it('adds up before, also when every byte is read', async () => {
    for (const words of [[], ['--deep']]) {
      const { exitCode, account } = await ledger(sound, ...words);
      assert.equal(exitCode, 0, account.problems.join('\n'));
      const { produced, delivered, quarantined, deduplicated, pending, missing } = account;
      assert.deepEqual([produced, delivered, quarantined, deduplicated, pending, missing], [18, 5, 2, 1, 10, 0]);
    }
  });

  it('breaks the account down by source, by hour and partition, and by object, each line adding up', async () => {
    const broken = async (by: string): Promise<Record<string, readonly Record<string, unknown>[]>> => {
      const { out } = await terminal.run(['ledger', '--json', '--home', sound, '--by', by]);
      return (JSON.parse(out) as { accounts: [Record<string, readonly Record<string, unknown>[]>] }).accounts[0];
    };
    await terminal.run(['produce', 'records', '--home', sound, '--arrival-field', 'played_at', '--source', 'batch-4'], {
      input: playLine(13),
    });
    const { sources = [] } = await broken('source');
    assert.deepEqual(
      sources.map(({ source, sent, logged, resent }) => [source, sent, logged, resent]),
      [
        ['batch-1', 4, 4, 0],
        ['batch-2', 4, 4, 0],
        ['batch-3', 6, 6, 0],
        ['batch-4', 5, 4, 1],
      ],
    );
    const { hours = [], partitions = [] } = await broken('hour');
    assert.deepEqual(
      hours.map(({ hour, sent, logged, resent, passed, delivered, errored, pending }) => {
        return [String(hour).slice(11, 13), sent, logged, resent, passed, delivered, errored, pending];
      }),
      [
        ['11', 18, 17, 1, 13, 13, 0, 4],
        ['12', 1, 1, 0, 1, 0, 1, 0],
      ],
    );
    const [partition] = partitions;
    assert.deepEqual(
      ['version', 'restatements', 'read', 'written', 'quarantined', 'deduplicated', 'rows'].map(
        (of) => partition?.[of],
      ),
      [1, 1, 6, 5, 0, 1, 5],
    );
    const { objects = [] } = await broken('object');
    assert.equal(objects.length, 10);
    const read = objects.find(({ commit, flush }) => commit === 2 && flush === 0)?.['readBy'];
    assert.deepEqual(read, [{ job: 'plays.curate', commit: 1, read: 2, written: 1, quarantined: 0, deduplicated: 1 }]);
    for (const line of [...sources, ...hours, ...partitions, ...objects]) assert.equal(line['addsUp'], true);
    assert.equal((await terminal.run(['ledger', '--by', 'hours'])).exitCode, 2);
  });

  it('names an object that was removed', async () => {
    let key = '';
    const { faults, account } = await broken((home) => {
      const path = dataOf(home, 3);
      key = keyOf(home, path);
      rmSync(path);
    });
    assert.deepEqual(faults, [['object-missing', { series, commit: 3, flush: 0, object: key, run: 5 }]]);
    assert.match(
      account.problems[0] ?? '',
      /^missing in the lake: plays\/.*, 5 rows \(commit 3 of .*, flush 0, run 5\)$/,
    );
  });

  it('names an object whose row was edited, the number of rows the same', async () => {
    let key = '';
    const { faults } = await broken((home) => {
      const path = dataOf(home, 2);
      key = keyOf(home, path);
      const lines = gunzipSync(readFileSync(path)).toString();
      writeFileSync(path, gzipSync(lines.replace('"seconds":5', '"seconds":9')));
    });
    assert.deepEqual(faults, [['object-changed', { series, commit: 2, flush: 0, object: key, run: 3 }]]);
  });

  it('names a batch that was dropped from the log: what waits there is missing, what was delivered is not', async () => {
    for (const [where, missing] of [
      ['base = (SELECT max(base) FROM frames WHERE partition = 0)', true],
      ['base = 0', false],
    ] as const) {
      let range = { from: '', until: '' };
      const { faults, account } = await broken((home) => {
        const index = new DatabaseSync(join(home, 'log/plays/index.sqlite'));
        const row = index.prepare(`DELETE FROM frames WHERE partition = 0 AND ${where} RETURNING base, count`).get();
        range = { from: String(row?.['base']), until: String(Number(row?.['base']) + Number(row?.['count'])) };
        index.close();
      });
      assert.deepEqual(faults, [['log-hole', { topic: 'plays', partition: 0, ...range }]]);
      assert.equal(account.missing, missing ? Number(range.until) - Number(range.from) : 0);
    }
  });

  it('names what lies in a segment that was cut short', async () => {
    const { faults, text } = await broken((home) => {
      for (const segment of globSync(join(home, 'log/plays/*.segment')).sort().slice(-1)) truncateSync(segment, 20);
    });
    assert.ok(faults.length > 0 && faults.every(([kind, { topic }]) => kind === 'log-hole' && topic === 'plays'));
    assert.match(text, /segment \d+ ends at byte 20/);
  });

  it('names the commit that stands past the end of a log that was cut', async () => {
    const { faults, text } = await broken((home) => {
      rmSync(join(home, 'log'), { recursive: true });
      cpSync(join(folder, 'older-log'), join(home, 'log'), { recursive: true });
    });
    const places = faults.map(([kind, place]) => [kind, place.series, place.commit, place.run]);
    assert.ok(places.length > 0);
    for (const place of places) assert.deepEqual(place, ['log-cut', series, 3, 5]);
    assert.match(text, /the log of plays ends at \d+ in partition \d, \d+ was delivered/);
  });

  it('names a commit that was doubled, of the delivery and of the job', async () => {
    const delivered = await broken((home) => cpSync(commitFile(home, 3), commitFile(home, 4)));
    assert.deepEqual(delivered.faults, [['commit-doubled', { series, commit: 4, run: 5 }]]);
    assert.match(delivered.text, /it says again what commit 3 said, 6 records/);
    assert.equal(delivered.account.missing, 0);
    const job = 'lake/_playhead/series/plays.curate/commit';
    const curated = await broken((home) =>
      cpSync(join(home, job, '0000000001.json'), join(home, job, '0000000002.json')),
    );
    assert.deepEqual(curated.faults, [['commit-doubled', { series: 'plays.curate', commit: 2, run: 4 }]]);
  });

  it('names a doubled commit also where its time was changed', async () => {
    const { faults } = await broken((home) => {
      const commit = JSON.parse(readFileSync(commitFile(home, 3), 'utf8')) as object;
      writeFileSync(commitFile(home, 4), JSON.stringify({ ...commit, committedAtMs: 0 }));
    });
    assert.deepEqual(faults, [['commit-doubled', { series, commit: 4 }]]);
  });

  it('names a commit that was removed, from the middle, at the end, and of the job', async () => {
    const middle = await broken((home) => rmSync(commitFile(home, 2)));
    assert.deepEqual(middle.faults, [['commit-missing', { series, commit: 2 }]]);
    assert.match(middle.text, /commit 2 is gone, and with it the account of partition \d, \d+ to \d+/);
    const last = await broken((home) => rmSync(commitFile(home, 3)));
    assert.deepEqual(last.faults, [['commit-missing', { series, commit: 3, table: 'plays.landing' }]]);
    const job = 'lake/_playhead/series/plays.curate/commit/0000000000.json';
    const curated = await broken((home) => rmSync(join(home, job)));
    assert.deepEqual(curated.faults, [['commit-missing', { series: 'plays.curate', commit: 0 }]]);
  });

  it('names a commit whose figures were changed', async () => {
    const { faults } = await broken((home) => {
      const text = readFileSync(commitFile(home, 3), 'utf8');
      writeFileSync(commitFile(home, 3), text.replace(/"rows":5/, '"rows":7'));
    });
    assert.deepEqual(
      faults.map(([kind, place]) => [kind, place.commit]),
      [
        ['commit-unbalanced', 3],
        ['catalog-differs', 3],
      ],
    );
  });

  it('names a quarantine object, an error object and a sidecar that were removed', async () => {
    for (const [pattern, place] of [
      ['lake/_playhead/quarantine/plays.curate/*.parquet', { series: 'plays.curate', commit: 1, run: 4 }],
      ['lake/errors/**/*.json', { series, commit: 2, flush: 1, run: 3 }],
      [
        'lake/_playhead/sidecars/plays.curate/partitions/**/data.parquet',
        { series: 'plays.curate', commit: 1, run: 4 },
      ],
    ] as const) {
      let object = '';
      const { faults } = await broken((home) => {
        const path = only(home, pattern);
        object = keyOf(home, path);
        rmSync(path);
      });
      assert.deepEqual(faults, [['object-missing', { ...place, object }]]);
    }
  });

  it('names a stray object under a table, not what lies beside it', async () => {
    const folders = 'plays/year=2025/month=08/day=11/hour=11';
    const { faults, text } = await broken((home) => {
      const stray = join(home, 'lake', folders, 'stray.json.gz');
      writeFileSync(stray, gzipSync(`${playLine(99)}\n`));
      mkdirSync(join(home, 'lake/elsewhere'));
      writeFileSync(join(home, 'lake/elsewhere/notes.json'), '{}');
    });
    assert.deepEqual(faults, [['object-stray', { object: `${folders}/stray.json.gz`, table: 'plays.landing' }]]);
    assert.match(text, /which no commit names/);
  });

  it('names what the catalog has otherwise than it was committed', async () => {
    const { faults } = await broken((home) =>
      inDatabase(
        join(home, 'catalog.sqlite'),
        `UPDATE objects SET row_count = row_count + 1 WHERE key LIKE '%p00000003f0000%'`,
      ),
    );
    assert.deepEqual(
      faults.map(([kind, { commit, table }]) => [kind, commit, table]),
      [['catalog-differs', 3, 'plays.landing']],
    );
  });

  it('lists a lake and a catalog that disagree, each with the command that mends it, until they agree', async () => {
    copies += 1;
    const home = join(folder, `home-${copies}`);
    cpSync(sound, home, { recursive: true });
    const [gone, altered] = [dataOf(home, 3), dataOf(home, 2)];
    writeFileSync(gone.replace(/-[0-9a-f]{8}\.json/, '-0123abcd.json'), readFileSync(gone));
    const before = readFileSync(gone);
    rmSync(gone);
    writeFileSync(altered, gzipSync(`${playLine(99)}\n`));
    inDatabase(join(home, 'catalog.sqlite'), `DELETE FROM objects WHERE key LIKE '%p00000001f0000%'`);
    const told = await ledger(home);
    assert.equal(told.exitCode, 4);
    assert.deepEqual(told.faults.map(([kind]) => kind).sort(), [
      'catalog-lacks',
      'object-changed',
      'object-missing',
      'object-stray',
    ]);
    const run = (...words: string[]) => terminal.run([...words, '--home', home]);
    const restored = await run('repair');
    assert.equal(restored.exitCode, 0, restored.out);
    assert.match(restored.out, /2 objects restored/);
    assert.ok(before.equals(readFileSync(gone)));
    assert.match((await run('scrub')).out, /removed 1\n.*-0123abcd/);
    await run('rebuild');
    assert.deepEqual(await ledger(home).then(({ exitCode, text }) => ({ exitCode, text })), { exitCode: 0, text: '' });
    assert.match((await run('repair')).out, /holds every object/);
    rmSync(only(home, 'lake/_playhead/quarantine/**/*.parquet'));
    rmSync(gone);
    rmSync(join(home, 'log'), { recursive: true });
    cpSync(join(folder, 'older-log'), join(home, 'log'), { recursive: true });
    const late = await run('repair');
    assert.equal(late.exitCode, 4);
    assert.match(late.out, /quarantine.*: was made by a job/);
    assert.match(late.out, /-e0l0p00000003f0000-.*: .*(holds|gone|ends)/);
    rmSync(home, { recursive: true });
  });

  it('finds with --deep what was changed behind the back of the store', async () => {
    copies += 1;
    const home = join(folder, `home-${copies}`);
    cpSync(sound, home, { recursive: true });
    const path = dataOf(home, 3);
    utimesSync(path, 1_000_000, 1_000_000);
    assert.equal((await ledger(home)).exitCode, 0);
    const bytes = readFileSync(path);
    bytes[bytes.length - 12] = (bytes[bytes.length - 12] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    utimesSync(path, 1_000_000, 1_000_000);
    assert.equal((await ledger(home)).exitCode, 0);
    const { exitCode, faults } = await ledger(home, '--deep');
    rmSync(home, { recursive: true });
    assert.equal(exitCode, 4);
    assert.deepEqual(faults, [['object-changed', { series, commit: 3, flush: 0, object: keyOf(home, path), run: 5 }]]);
  });
});
