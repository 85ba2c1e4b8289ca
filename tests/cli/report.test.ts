import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { beginHome, openTerminal, type Terminal } from './terminal.ts';

const plays = [
  { play_id: 'p1', played_at: '2025-08-11T09:10:00Z', seconds: 60 },
  { play_id: 'p2', played_at: '2025-08-11T10:20:00Z', seconds: 90 },
  { play_id: 'p2', played_at: '2025-08-11T10:20:00Z', seconds: 90 },
  { play_id: 'p3', played_at: '2025-08-13T10:20:00Z', seconds: 30 },
];

/** A scaffolded pipeline defines no report, and has one. */
describe('the daily report of a scaffolded pipeline', () => {
  let folder: string;
  let terminal: Terminal;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-report-'));
    writeFileSync(join(folder, 'plays.ndjson'), plays.map((play) => `${JSON.stringify(play)}\n`).join(''));
    const started = await openTerminal(folder).run(['init', 'plays', '--from', 'plays.ndjson']);
    assert.equal(started.exitCode, 0, started.err);
    beginHome(join(folder, 'plays'));
    terminal = openTerminal(join(folder, 'plays'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('says, and exits non-zero, where there is nothing to report', async () => {
    const answer = await terminal.run(['report', 'daily']);
    assert.equal(answer.exitCode, 4);
    assert.match(answer.err, /holds nothing yet/);
  });

  it('is written for the last day that there is: volume, columns, quality and ledger', async () => {
    await terminal.json(['produce', 'records', '--file', '../plays.ndjson', '--arrival-field', 'played_at']);
    await terminal.json(['deliver', '--drain']);
    await terminal.json(['run', 'curate']);
    const made = await terminal.json<Record<string, unknown>>(['report', 'daily', '--out', 'day.html']);
    assert.deepEqual([made['day'], made['sections']], ['2025-08-13', ['Volume', 'Columns', 'Data quality', 'Ledger']]);
    const html = readFileSync(String(made['file']), 'utf8');
    assert.match(html, /Wednesday,? 13 August 2025/);
    assert.match(html, /the sum adds up/);
  });

  it('is written for a day that is asked for, with what became of its rows', async () => {
    const { out } = await terminal.run(['report', 'daily', '--day', '2025-08-11', '--out', '-']);
    const job = /<tr><td>curate<\/td>(.*?)<\/tr>/.exec(out)?.[1] ?? '';
    assert.deepEqual(
      [...job.matchAll(/>(\d+)</g)].map(([, figure]) => figure),
      ['3', '2', '0', '1'],
    );
  });

  it('counts what has no day, and is written as well after a replay took it out of quarantine', async () => {
    const late =
      '{"play_id":"p4","played_at":"yesterday","seconds":3}\n{"play_id":"p5","played_at":"2025-08-13T11:00:00Z","seconds":9}\n';
    await terminal.run(['produce', 'records', '--source', 'later'], { input: late });
    await terminal.json(['deliver', '--drain']);
    await terminal.json(['run', 'curate']);
    const jobs = async (): Promise<readonly (readonly string[])[]> => {
      const { out, err } = await terminal.run(['report', 'daily', '--day', '2025-08-13', '--out', '-']);
      assert.equal(err.includes('✗'), false, err);
      const rows = [...out.matchAll(/<tr><td>(curate[^<]*)<\/td>(.*?)<\/tr>/g)];
      return rows
        .map(([, job = '', figures = '']) => [job, ...[...figures.matchAll(/>(\d+)</g)].map(([, n = '']) => n)])
        .filter(({ length }) => length === 5);
    };
    assert.deepEqual(await jobs(), [
      ['curate', '2', '2', '0', '0'],
      ['curate, of no day', '1', '0', '1', '0'],
    ]);
    await terminal.json(['quarantine', 'replay', 'curate', '--set', "played_at = '2025-08-13T12:00:00Z'"]);
    assert.deepEqual(await jobs(), [['curate', '3', '3', '0', '0']]);
  });

  it('names the nearest day where the one asked for has no data', async () => {
    const answer = await terminal.run(['report', 'daily', '--day', '2025-08-16']);
    assert.equal(answer.exitCode, 4);
    assert.match(answer.err, /holds nothing of 2025-08-16/);
    assert.match(answer.err, /nearest day that it holds is 2025-08-13/);
  });

  it('names the reports that there are', async () => {
    const answer = await terminal.run(['report', 'dayly']);
    assert.equal(answer.exitCode, 2);
    assert.match(answer.err, /Did you mean "daily"\?/);
  });
});
