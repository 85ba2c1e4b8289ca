import assert from 'node:assert/strict';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import type { RecordTrace, TraceAnswer } from '../../src/ledger/record-trace.ts';
import { openEmbeddedStream } from '../../src/stream/embedded/open.ts';
import { playLine, playThrough, writePlaysProject } from './plays-project.ts';
import { openTerminal, type Terminal } from './terminal.ts';

describe('playhead trace', () => {
  let folder: string;
  let terminal: Terminal;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-trace-'));
    writePlaysProject(folder);
    terminal = openTerminal(folder);
    await playThrough(terminal);
  });
  after(() => rmSync(folder, { recursive: true }));

  const trace = (...words: string[]): Promise<TraceAnswer> => terminal.json<TraceAnswer>(['trace', ...words]);
  const one = async (...words: string[]): Promise<RecordTrace> => {
    const { records } = await trace(...words);
    assert.equal(records.length, 1, JSON.stringify(records));
    return records[0] as RecordTrace;
  };
  const object = (pattern: string): string => {
    const lake = join(folder, '.playhead/lake');
    const [found, ...others] = globSync(join(lake, pattern));
    assert.ok(found !== undefined && others.length === 0, pattern);
    return found.slice(lake.length + 1);
  };
  const curated = 'curated/year=2025/month=08/day=11/hour=11/data.parquet';
  const delivered = (n: number, flush: number): string => object(`plays/**/*-e0l0p0000000${n}f000${flush}-*.json.gz`);

  it('says of a key that no sidecar knows how everything is read', async () => {
    const { err } = await terminal.run(['trace', '--key', 'play_id=p99']);
    assert.match(err, /no record has play_id=p99[\s\S]*With --all, every delivered object is read\./);
    assert.doesNotMatch((await terminal.run(['trace', '--key', 'play_id=p99', '--all'])).err, /With --all/);
  });

  it('follows a record by its key from its source to its row, and says when its partition was written again', async () => {
    const { stream, delivery, jobs, outcome } = await one('--key', 'play_id=p1');
    assert.equal(outcome, 'delivered');
    assert.deepEqual(
      { ...stream },
      {
        topic: 'plays',
        partition: 0,
        position: '0',
        source: 'batch-1',
        sequence: '1',
        arrivalMs: Date.UTC(2025, 7, 11, 11, 1),
        appendedMs: Date.UTC(2025, 7, 11, 12, 1),
      },
    );
    const { series, commit, flush, row, holds, committedMs } = delivery ?? {};
    assert.deepEqual(
      [series, commit, flush, row, holds, committedMs, delivery?.object],
      ['plays.deliver.e0.l0', 1, 0, 0, 'data', Date.UTC(2025, 7, 11, 12, 2), delivered(1, 0)],
    );
    const [job] = jobs;
    assert.deepEqual(
      [job?.job, job?.fate, job?.commit, job?.table, job?.object, job?.row],
      ['plays.curate', 'written', 0, 'plays.curated', curated, 0],
    );
    assert.deepEqual(job?.restated, [{ commit: 1, committedMs: Date.UTC(2025, 7, 11, 12, 6) }]);
  });

  it('traces each record of a key, and which of them won', async () => {
    const { records, scanned, skipped } = await trace('--key', 'play_id=p4');
    assert.equal(scanned, false);
    assert.deepEqual(
      records.map(({ outcome, stream }) => [outcome, stream?.source]),
      [
        ['delivered', 'batch-1'],
        ['deduplicated', 'batch-2'],
      ],
    );
    assert.deepEqual([skipped.length, (await trace('--key', 'play_id=p4', '--all')).skipped.length], [2, 0]);
    assert.deepEqual(records[1]?.jobs[0]?.winner, { object: delivered(1, 0), row: 3, fate: 'written' });
  });

  it('traces to quarantine, to the error prefix, and to where it waits', async () => {
    const quarantined = await one('--key', 'play_id=p6');
    const [job] = quarantined.jobs;
    const quarantine = '_playhead/quarantine/plays.curate/0000000001.parquet';
    assert.deepEqual([quarantined.outcome, job?.fate], ['quarantined', 'wrong_type']);
    assert.deepEqual(job?.quarantine, { object: quarantine, row: 0 });
    const broken = await one('--key', 'play_id=no record');
    assert.deepEqual(
      [broken.outcome, broken.delivery?.holds, broken.stream?.source, broken.stream?.sequence],
      ['quarantined', 'error', 'batch-2', '1'],
    );
    assert.match(broken.delivery?.reason ?? '', /^Record\.NotJson: /);
    assert.deepEqual(broken.textMatch, { play_id: 'no record' });
    assert.match((await terminal.run(['trace', '--key', 'play_id=no'])).err, /no record has play_id=no/);
    const unknown = await terminal.run(['trace', '--key', 'play_di=p1']);
    assert.match(
      unknown.err,
      /--key play_di: no record that is traced here has such a field\n.*Did you mean "play_id"/,
    );
    const landed = await one('--key', 'play_id=p8');
    assert.deepEqual([landed.outcome, landed.delivery?.row, landed.jobs[0]?.fate], ['pending', 3, 'pending']);
    const waiting = await one('--key', 'play_id=p14');
    assert.deepEqual([waiting.outcome, waiting.stream?.source, waiting.delivery], ['pending', 'batch-4', undefined]);
  });

  it('traces the same record by position, by object and row, and by table row', async () => {
    const byKey = await one('--key', 'play_id=p5');
    const { topic, partition, position } = byKey.stream ?? assert.fail();
    assert.deepEqual(await one('--position', `${topic}/${partition}/${position}`), byKey);
    const { delivery, jobs } = byKey;
    assert.deepEqual(await one('--object', delivery?.object ?? '', '--row', String(delivery?.row)), byKey);
    assert.deepEqual(await one('--object', curated, '--row', String(jobs[0]?.row)), byKey);
    for (const table of ['curated', 'plays.curated', 'plays.landing'])
      assert.deepEqual(await one('--table', table, '--where', 'seconds = 5'), byKey);
  });

  it('traces every position of a partition to one place, each place once', async () => {
    const places = new Set<string>();
    let positions = 0;
    for (;;) {
      const { exitCode, out } = await terminal.run(['trace', '--json', '--position', `plays/1/${positions}`]);
      if (exitCode !== 0) break;
      positions += 1;
      const [record] = (JSON.parse(out) as TraceAnswer).records;
      const { delivery, stream } = record as RecordTrace;
      places.add(delivery === undefined ? `waits at ${stream?.position}` : `${delivery.object} ${delivery.row}`);
    }
    assert.deepEqual([positions, places.size], [8, 8]);
  });

  it('traces a row of an error object and of quarantine back to the stream', async () => {
    const error = await one('--object', object('errors/**/*.json'), '--row', '0');
    assert.deepEqual([error.outcome, error.stream?.source], ['quarantined', 'batch-2']);
    const quarantined = await one('--object', '_playhead/quarantine/plays.curate/0000000001.parquet', '--row', '0');
    assert.deepEqual(quarantined, await one('--key', 'play_id=p6'));
  });

  it('says that it scans by a field that is no key, and finds what is curated and what waits', async () => {
    const { records, scanned, lookedIn } = await trace('--key', 'seconds=3');
    assert.deepEqual([records.length, records[0]?.key, scanned], [1, { play_id: 'p3' }, true]);
    assert.match(lookedIn[0] ?? '', /plays\.curated, by reading seconds of every row/);
    assert.equal((await one('--key', 'seconds=13')).outcome, 'pending');
    assert.match((await terminal.run(['trace', '--key', 'seconds=3'])).out, /scanned plays\.curated/);
  });

  it('says where it looked for what there is not, and what is nearest', async () => {
    const told = async (...words: string[]): Promise<string> => {
      const { exitCode, err } = await terminal.run(['trace', ...words]);
      assert.equal(exitCode, 1);
      assert.match(err, /PH_RECORD_UNKNOWN/);
      return err;
    };
    const byKey = await told('--key', 'play_id=p99');
    for (const place of [
      /sidecars of plays\.curate/,
      /2 objects of plays\.deliver/,
      /4 records of plays/,
      /1 error object of/,
    ])
      assert.match(byKey, place);
    assert.match(byKey, /curated\/ has partitions year=2025\/month=08\/day=11\/hour=11\//);
    assert.match(await told('--position', 'plays/0/400'), /Its last is 9, its first 0/);
    assert.match(await told('--position', 'plays/7/0'), /It has 2, from 0/);
    assert.match(await told('--position', 'palys/0/0'), /Did you mean "plays"/);
    assert.match(await told('--object', delivered(1, 0), '--row', '4'), /has no row 4/);
    assert.match(await told('--object', 'elsewhere/a.json', '--row', '0'), /no commit names elsewhere/);
    assert.match(await told('--table', 'landing', '--where', 'year = 2026'), /nearest year=2025/);
  });

  it('tells apart the objects of one flush: an older hour among newer records has its own', async () => {
    const early = playLine(21).replace('T11:21', 'T10:21');
    await terminal.run(['produce', 'records', '--arrival-field', 'played_at', '--source', 'batch-5'], {
      input: [playLine(20), early, playLine(22)].join('\n'),
    });
    await terminal.run(['deliver', '--drain']);
    const found = new Map<string, RecordTrace>();
    for (const n of [20, 21, 22]) found.set(`p${n}`, await one('--key', `play_id=p${n}`));
    assert.deepEqual(
      [...found].map(([key, { stream, delivery }]) => [key, stream?.sequence, delivery?.object.includes('/hour=10/')]),
      [
        ['p20', '1', false],
        ['p21', '2', true],
        ['p22', '3', false],
      ],
    );
    const { topic, partition, position } = found.get('p21')?.stream ?? {};
    assert.deepEqual(await one('--position', `${topic}/${partition}/${position}`), found.get('p21'));
  });

  it('says where the log has let a record go, and follows it on all the same', async () => {
    const at = (play: RecordTrace): string => `plays/${play.stream?.partition}/${play.stream?.position}`;
    const before = await one('--key', 'play_id=p2');
    const waited = await one('--key', 'play_id=p8');
    const early = await one('--key', 'play_id=p21');
    const log = await openEmbeddedStream(join(folder, '.playhead/log'), testEffects({ clock: terminal.clock }));
    const ends = (await log.describe('plays'))?.state.map(({ end }) => end) ?? [];
    await log.trim('plays', ends, Number.POSITIVE_INFINITY);
    await log.close();
    const { topic, partition, position } = before.stream ?? assert.fail();
    const trimmed = { ...before, stream: { topic, partition, position, note: 'the log has let it go' } };
    for (const words of [
      ['--key', 'play_id=p2'],
      ['--position', at(before)],
    ])
      assert.deepEqual(await one(...words), trimmed, words.join(' '));
    // Beside records that went to the error prefix.
    assert.deepEqual((await one('--position', at(waited))).delivery, waited.delivery);
    // Of a flush of two objects nothing tells which of them has a position.
    assert.match((await one('--key', 'play_id=p21')).stream?.note ?? '', /let it go; its commit passed partition/);
    const passed = await one('--position', at(early));
    const { series, commit, flush } = early.delivery ?? {};
    assert.deepEqual([passed.passed?.series, passed.passed?.commit, passed.passed?.flush], [series, commit, flush]);
    const objects = passed.passed?.objects ?? [];
    assert.deepEqual([passed.outcome, objects.map(({ rows }) => rows)], ['passed', [2, 1]]);
    assert.ok(objects.some(({ object: key }) => key === early.delivery?.object));
    rmSync(join(folder, '.playhead/lake', early.delivery?.object ?? ''));
    const { out } = await terminal.run(['trace', '--position', at(early)], { columns: 80 });
    assert.match(
      out,
      /its flush went to 2 objects\n[\s\S]*one of 2 rows of plays[\s\S]*or of 1 row of plays[\s\S]*which is gone\n/,
    );
    assert.ok(
      out.split('\n').every((line) => line.length <= 80),
      out,
    );
  });

  it('refuses half a question, and two at once', async () => {
    for (const words of [[], ['--object', 'a'], ['--table', 'curated'], ['--key', 'p1'], ['--position', 'plays/0']])
      assert.equal((await terminal.run(['trace', ...words])).exitCode, 2);
    const both = await terminal.run(['trace', '--key', 'play_id=p1', '--position', 'plays/0/0']);
    assert.match(both.err, /more than one way/);
    assert.match((await terminal.run(['trace', '--table', 'curatd', '--where', 'true'])).err, /plays\.curated/);
  });
});
