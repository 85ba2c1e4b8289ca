import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { playThrough, writePlaysProject } from './plays-project.ts';
import { openTerminal, type Terminal } from './terminal.ts';

describe('anomalies of a time of which the table has nothing', () => {
  let folder: string;
  let terminal: Terminal;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-anomalies-'));
    writePlaysProject(folder);
    const file = join(folder, 'pipelines/plays.ts');
    const text = readFileSync(file, 'utf8')
      .replace('import { ', 'import { countOf, detector, ')
      .replace(
        'deliveries: {',
        `detectors: { plays: detector({ table: 'curated', time: 'played_at', dimensions: {},
           measures: { plays: countOf('true', { by: [] }) }, names: { drop: { measure: 'plays', in: ['everywhere'] } },
           sensitivity: { falseAlarmsPerDay: 0.02, leastChange: 1.75, leastVolume: 20 } }) },
         deliveries: {`,
      );
    writeFileSync(file, text);
    terminal = openTerminal(folder);
    await playThrough(terminal);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('are not "nothing out of the ordinary": it is said that no row was read, and where the table ends', async () => {
    const late = await terminal.run(['anomalies', 'plays', '--from', '2025-08-14', '--to', '2025-08-25']);
    assert.equal(late.exitCode, 4, late.out + late.err);
    assert.match(late.err, /plays\.curated has no rows from 2025-08-14T00:00:00Z on/);
    assert.match(late.err, /Its newest are of 2025-08-11T11:05:00Z/);
    const early = await terminal.run(['anomalies', 'plays', '--from', '2025-08-01', '--to', '2025-08-03']);
    assert.equal(early.exitCode, 4, early.out + early.err);
    assert.match(early.err, /plays\.curated has no rows before 2025-08-03T00:00:00Z/);
    assert.match(early.err, /Its oldest are of 2025-08-11T11:01:00Z/);
  });

  it('are not that of a time before which the table has a row long ago, and nothing to learn from', async () => {
    const long = '{"play_id":"long ago","played_at":"2025-08-01T11:00:00Z","seconds":1}';
    await terminal.run(['produce', 'records', '--source', 'long-ago'], { input: long });
    await terminal.run(['deliver', '--drain']);
    await terminal.run(['run', 'curate']);
    const { exitCode, out, err } = await terminal.run(['anomalies', 'plays', '--from', '2025-08-11']);
    assert.equal(exitCode, 4, out);
    assert.match(err, /plays\.plays judged nothing of plays\.curated from 2025-08-11T00:00:00Z on/);
    assert.match(err, /plays: unjudged; of \d+ looks too little is in the 14 days before to learn from/);
  });

  it('are told apart from what was too young, or too little, to judge', async () => {
    const young = await terminal.run(['anomalies', 'plays', '--from', '2025-08-01', '--to', '2025-08-03']);
    assert.equal(young.exitCode, 4, young.out);
    assert.match(young.err, /It judges what comes after the first 3 d: from 2025-08-04T11:00:00Z on/);
  });
});
