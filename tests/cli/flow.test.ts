import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { playLine, writePlaysProject } from './plays-project.ts';
import { openTerminal, type Terminal } from './terminal.ts';

const sections = `
    crawlers: { look: crawler({ path: 'plays/', database: 'plays', table: 'landing' }) },
    workgroups: { small: workgroup({ scanLimit: 1 }) },
    queries: { total: { kind: 'query', title: 'All plays', description: 'How many.', sql: 'SELECT count(*) AS plays FROM plays.curated', sqlPath: 'total.sql' } },
    schedules: { often: every(minutes(1), run('deliver')) },
`;

/** One project, from its first record to its account; each test goes on where the one before stopped. */
describe('a project on the command line', () => {
  let folder: string;
  let terminal: Terminal;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-project-'));
    writePlaysProject(folder, { sections });
    terminal = openTerminal(folder);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('plans everything as new, and applies it with the first command that writes', async () => {
    const plan = await terminal.json<{ changes: { change: string }[] }>(['plan']);
    assert.ok(plan.changes.length === 9 && plan.changes.every(({ change }) => change === 'new'));
    const input = [playLine(1), '', `${playLine(2)}\r`, 'no record', playLine(2)].join('\n');
    const produced = await terminal.json<Record<string, unknown>>(
      ['produce', 'records', '--source', 'file', '--arrival-field', 'played_at'],
      { input },
    );
    assert.deepEqual([produced['lines'], produced['logged'], produced['blank'], produced['doubtful']], [5, 4, 1, 1]);
    assert.match((await terminal.run(['plan'])).out, /No changes/);
  });

  it('acknowledges a second run over the same lines without appending', async () => {
    const input = [playLine(1), '', `${playLine(2)}\r`, 'no record', playLine(2)].join('\n');
    const { out, err, exitCode } = await terminal.run(['produce', 'plays.records', '--source', 'file'], { input });
    assert.equal(exitCode, 0);
    assert.match(out, /5 lines: 0 logged, 4 there before, 1 blank/);
    assert.match(err, /line 4: .*error prefix/);
  });

  it('is silent at the delivery until it has run', async () => {
    const sick = await terminal.run(['doctor']);
    assert.equal(sick.exitCode, 4);
    assert.match(sick.out, /plays\.deliver is the first silent link/);
    assert.match(sick.out, /→ playhead deliver plays\.deliver --drain/);
  });

  it('delivers, crawls and curates, and says what each did', async () => {
    assert.match((await terminal.run(['deliver', '--drain'])).out, /3 records in .* 1 under the error prefix/);
    assert.match((await terminal.run(['deliver', '--drain'])).out, /nothing new to deliver/);
    assert.match((await terminal.run(['crawl'])).out, /plays\.landing +unchanged/);
    const curated = await terminal.json<Record<string, number>>(['run', 'curate']);
    assert.deepEqual([curated['read'], curated['written'], curated['deduplicated']], [3, 2, 1]);
  });

  it('answers queries as a table, CSV and JSON, named ones too', async () => {
    const sql = 'SELECT play_id, seconds FROM plays.curated ORDER BY seconds';
    const { columns, rows, bytesScanned } = await terminal.json<Record<string, unknown>>(['query', sql]);
    assert.deepEqual(
      [columns, rows],
      [
        ['play_id', 'seconds'],
        [
          ['p1', 1],
          ['p2', 2],
        ],
      ],
    );
    assert.ok(Number(bytesScanned) > 0);
    assert.equal(
      (await terminal.run(['query', sql, '--format', 'csv'])).out,
      '"play_id","seconds"\n"p1","1"\n"p2","2"\n',
    );
    const out = join(folder, 'rows.csv');
    await terminal.run(['query', '--file', '-', '--format', 'csv', '--out', 'rows.csv'], { input: sql });
    assert.match(readFileSync(out, 'utf8'), /"p2","2"/);
    for (const name of ['total', 'plays.total', 'All plays']) {
      const saved = await terminal.json<{ rows: unknown }>(['query', '--saved', name]);
      assert.deepEqual(saved.rows, [[2]]);
    }
    const fresh = await terminal.json<{ rows: unknown }>(['query', '--fresh', 'SELECT count(*) FROM plays.landing']);
    assert.deepEqual(fresh.rows, [[3]]);
  });

  it('prints statements whole, a line each, to be copied', async () => {
    const created = (await terminal.run(['query', 'SHOW CREATE TABLE plays.landing'])).out;
    assert.match(created, /^CREATE EXTERNAL TABLE /);
    assert.doesNotMatch(created, /[│…]/);
    const where = Array.from({ length: 20 }, (_, n) => `seconds <> ${1000 + n}`).join(' AND ');
    const plan = (await terminal.run(['query', `EXPLAIN SELECT play_id FROM plays.curated WHERE ${where}`])).out;
    assert.match(plan, /1019/);
    assert.match(
      (await terminal.run(['query', 'MSCK REPAIR TABLE plays.landing'])).out,
      /^Nothing to repair: .* series .+\n/,
    );
  });

  it('refuses a query over the limit of its workgroup, before it starts', async () => {
    const { exitCode, err } = await terminal.run(['query', 'SELECT * FROM plays.landing', '--workgroup', 'small']);
    assert.equal(exitCode, 3);
    assert.match(err, /PH_SCAN_LIMIT/);
  });

  it('exits as the registry says for wrong queries and options', async () => {
    assert.match((await terminal.run(['query', 'SELEC 1'])).err, /PH_SQL_/);
    assert.match((await terminal.run(['query'])).err, /no query/);
    assert.match((await terminal.run(['query', 'SELECT 1', '--saved', 'total'])).err, /more than one query/);
    assert.match((await terminal.run(['query', 'SELECT 1', '--format', 'cvs'])).err, /Did you mean "csv"/);
    assert.match((await terminal.run(['query', 'SELECT 1', '--format', 'parquet'])).err, /--out FILE/);
    assert.match((await terminal.run(['query', '--saved', 'totl'])).err, /PH_ADDRESS_UNKNOWN/);
    assert.match((await terminal.run(['query', 'SELECT 1', '--curated'])).err, /--curated goes with --saved NAME/);
    const unknown = await terminal.run(['query', '--saved', 'total', '--database', 'play']);
    assert.match(unknown.err, /--database play: there is no such database.*Did you mean "plays"\?/s);
    assert.match((await terminal.run(['produce', 'record'])).err, /Did you mean "plays\.records"/);
    assert.match((await terminal.run(['produce', 'records', '--arrival-field', 'playd_at'])).err, /"played_at"/);
    assert.match((await terminal.run(['run', 'deliver'])).err, /"plays\.deliver" is a delivery, not a job or source/);
  });

  it('accounts for every record, and names what was set aside on the way', async () => {
    const { accounts } = await terminal.json<{ accounts: Record<string, unknown>[] }>(['ledger']);
    const [account] = accounts;
    assert.deepEqual(
      ['produced', 'delivered', 'quarantined', 'deduplicated', 'pending', 'missing', 'addsUp'].map(
        (name) => account?.[name],
      ),
      [4, 2, 1, 1, 0, 0, true],
    );
    const { exitCode, out } = await terminal.run(['doctor']);
    assert.equal(exitCode, 0);
    assert.match(out, /1 record set aside: could not be parsed\n *→ playhead quarantine list/);
  });

  it('shows status and the lines of its runs', async () => {
    const { pipelines } = await terminal.json<{ pipelines: { tables: { rows: number }[] }[] }>(['status']);
    assert.deepEqual(
      pipelines[0]?.tables.map(({ rows }) => rows),
      [3, 2],
    );
    const logged = async (...named: readonly string[]): Promise<ReadonlySet<string>> => {
      const { lines } = await terminal.json<{ lines: { address: string }[] }>(['logs', ...named]);
      return new Set(lines.map(({ address }) => address));
    };
    assert.deepEqual(await logged('curate'), new Set(['plays.curate']));
    assert.deepEqual(await logged('curate', 'plays.deliver'), new Set(['plays.deliver', 'plays.curate']));
    assert.deepEqual(await logged('plays'), await logged());
    assert.match((await terminal.run(['logs'])).out, /plays\.deliver {2}delivered/);
  });

  it('finds nothing to scrub, and leaves what is committed alone', async () => {
    assert.match((await terminal.run(['scrub'])).out, /nothing to remove/);
    assert.match((await terminal.run(['doctor'])).out, /Records pass every link/);
  });

  it('makes the catalog anew from the lake when it was lost', async () => {
    for (const ending of ['', '-wal', '-shm'])
      rmSync(join(folder, `.playhead/catalog.sqlite${ending}`), { force: true });
    const { out } = await terminal.run(['rebuild']);
    assert.match(out, /plays\.landing: 3 rows in 2 objects, 1 partition, from 2 commits/);
    assert.match(out, /plays\.curated: 2 rows in 1 object, 1 partition, from 1 commit\n/);
    assert.match((await terminal.run(['doctor'])).out, /Records pass every link/);
  });

  it('refuses an incompatible change, on plan and on every command that writes', async () => {
    const [pipelineText, configText] = ['pipelines/plays.ts', 'playhead.config.ts'].map((path) =>
      readFileSync(join(folder, path), 'utf8'),
    );
    assert.ok(pipelineText !== undefined && configText !== undefined);
    writeFileSync(join(folder, 'pipelines/changed.ts'), pipelineText.replace('partitions: 2', 'partitions: 1'));
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    writeFileSync(
      join(elsewhere, 'playhead.config.ts'),
      configText.replace('./pipelines/plays.ts', '../pipelines/changed.ts'),
    );
    const other = openTerminal(elsewhere);
    const home = ['--home', join(folder, '.playhead')];
    const plan = await other.run(['plan', ...home]);
    assert.equal(plan.exitCode, 3);
    assert.match(plan.out, /partitions: 2 → 1/);
    const deliver = await other.run(['deliver', '--drain', ...home]);
    assert.equal(deliver.exitCode, 3);
    assert.match(deliver.err, /PH_DEFINITION_INCOMPATIBLE/);
  });
});

describe('the command line, interrupted', () => {
  it('stops its schedules cleanly and ends with 0', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'playhead-start-'));
    writePlaysProject(folder, { sections });
    const terminal = openTerminal(folder);
    const stop = new AbortController();
    stop.abort();
    const { exitCode, err } = await terminal.run(['start', '--now'], { signal: stop.signal });
    rmSync(folder, { recursive: true });
    assert.equal(exitCode, 0);
    assert.match(err, /plays\.deliver +rate\(1 minute\) +next 12:01 UTC/);
    assert.match(err, /stopped/);
  });
});
