import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { days } from '../../src/base/units.ts';
import { openTerminal, type Terminal } from './terminal.ts';

const configText = `
  import { days, defineConfig, defineRecord, definePipeline, delivery, every, field, json, lifecycle, run, stream, table } from 'playhead';
  const play = defineRecord('play', { fields: { play_id: field.string() } });
  const plays = definePipeline('plays', {
    streams: {
      records: stream({ topic: 'plays', record: play, partitions: 1 }),
      unread: stream({ topic: 'unread', record: play, partitions: 1, retention: days(2) }),
    },
    tables: { landing: table({ database: 'plays', name: 'landing', record: play, location: 'plays/', format: 'json' }) },
    deliveries: { deliver: delivery({ from: 'records', table: 'landing', format: json({ compression: 'none' }), prefix: 'plays/' }) },
    lifecycle: {
      storage: lifecycle([
        { id: 'old', prefix: 'plays/', expirationDays: 90, transitions: [{ days: 30, storageClass: 'STANDARD_IA' }], sizeGreaterThan: 1 },
        { id: 'versions', prefix: 'plays/', noncurrentExpiration: { days: 10, keep: 0 }, expiredDeleteMarkers: true },
      ]),
    },
    schedules: { nightly: every(days(1), run('storage')) },
  });
  export const config = defineConfig({ pipelines: [plays], profiles: { versioned: { lake: { backend: 'files', versioning: true } } } });
`;

interface Ran {
  readonly runs: readonly {
    expired: unknown[];
    moved: unknown[];
    versions: number;
    trimmed: { topic: string; records: number }[];
  }[];
}
interface Shown {
  readonly lifecycles: readonly { classes: { storageClass: string; objects: number }[] }[];
}

describe('playhead lifecycle', () => {
  let folder: string;
  let terminal: Terminal;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-lifecycle-'));
    writeFileSync(join(folder, 'playhead.config.ts'), configText);
    terminal = openTerminal(folder);
  });
  after(() => rmSync(folder, { recursive: true }));
  const versioned = (...words: string[]): string[] => [...words, '--profile', 'versioned'];
  const classes = async (): Promise<string[]> =>
    (await terminal.json<Shown>(versioned('lifecycle'))).lifecycles.flatMap((shown) =>
      shown.classes.map(({ storageClass, objects }) => `${objects} ${storageClass}`),
    );

  it('shows its rules and the storage classes, and does what is due: classes, topics, expiry, versions', async () => {
    await terminal.json(versioned('produce', 'records'), { input: '{"play_id":"1"}\n{"play_id":"2"}' });
    await terminal.json(versioned('produce', 'unread'), { input: '{"play_id":"3"}' });
    await terminal.json(versioned('deliver', '--drain'));
    assert.deepEqual(await classes(), ['1 STANDARD']);
    assert.match(
      (await terminal.run(versioned('lifecycle'))).out,
      /old +plays\/, over 1 B +STANDARD_IA at 30 days, expires at 90 days/,
    );
    const narrow = await terminal.run(versioned('lifecycle'), { columns: 40 });
    assert.match(narrow.out, /^ +STANDARD_IA at 30 days, expires at\n +90 days$/m);
    await terminal.clock.advance(days(31));
    assert.match((await terminal.run(versioned('lifecycle', 'run', '--dry-run'))).out, /dry run\): 1 object moved/);
    const [first] = (await terminal.json<Ran>(versioned('lifecycle', 'run'))).runs;
    assert.deepEqual(
      [first?.moved.length, first?.expired.length, first?.trimmed],
      [
        1,
        0,
        [
          { topic: 'plays', records: 2 },
          { topic: 'unread', records: 1 },
        ],
      ],
    );
    assert.deepEqual(await classes(), ['1 STANDARD_IA']);
    await terminal.clock.advance(days(60));
    assert.match((await terminal.run(versioned('lifecycle', 'run'))).out, /1 object expired \(2 rows, .* B\)/);
    assert.deepEqual(await classes(), []);
    const { accounts } = await terminal.json<{ accounts: { expired: number; addsUp: boolean }[] }>(versioned('ledger'));
    assert.deepEqual(
      accounts.map(({ expired, addsUp }) => [expired, addsUp]),
      // The stream that no delivery reads has an account too, of which nothing expired: its topic's retention is its own.
      [
        [2, true],
        [1, true],
      ],
    );
    await terminal.clock.advance(days(9));
    assert.equal((await terminal.json<Ran>(versioned('lifecycle', 'run'))).runs[0]?.versions, 0);
    await terminal.clock.advance(days(2));
    assert.equal(
      (await terminal.json<Ran>(versioned('lifecycle', 'run'))).runs[0]?.versions,
      2,
      'the content and its mark',
    );
    assert.match((await terminal.run(versioned('lifecycle', 'run'))).out, /nothing is due/);
    assert.match((await terminal.run(['logs', 'storage'])).out, /aged/);
  });

  it('imports the AWS CLI’s document, and says with an exit code what S3 would refuse', async () => {
    const write = (rule: object) =>
      writeFileSync(
        join(folder, 'rules.json'),
        JSON.stringify({ Rules: [{ ID: 'a', Status: 'Enabled', Filter: { Prefix: 'logs/' }, ...rule }] }),
      );
    write({ Expiration: { Days: 30 } });
    const sound = await terminal.run(['import', 'lifecycle', 'rules.json']);
    assert.equal(sound.exitCode, 0);
    assert.match(sound.out, /storage: lifecycle\(\[[\s\S]*id: 'a'[\s\S]*prefix: 'logs\/'[\s\S]*expirationDays: 30/);
    write({ Transitions: [{ Days: 3, StorageClass: 'STANDARD_IA' }] });
    const refused = await terminal.run(['import', 'lifecycle', 'rules.json']);
    assert.equal(refused.exitCode, 2);
    assert.match(refused.out, /STANDARD_IA takes objects of 30 days and more/);
  });
});
