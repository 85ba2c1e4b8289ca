import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { beginHome, openTerminal, type Terminal } from './terminal.ts';

interface Audit {
  readonly calls: readonly {
    command: string;
    arguments: string[];
    addresses: string[];
    outcome: string;
    error?: string;
  }[];
}

describe('playhead audit', () => {
  let directory: string;
  let terminal: Terminal;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'playhead-audit-'));
    beginHome(directory);
    terminal = openTerminal(directory);
  });
  after(() => rm(directory, { recursive: true }));

  it('tells who ran what and how it ended, without the data that stood in the command line', async () => {
    const { exitCode } = await terminal.run(['query', "SELECT 'cust_secret' AS a"]);
    assert.equal(exitCode, 0);
    assert.notEqual((await terminal.run(['query', "SELECT nothing FROM nowhere WHERE a = 'cust_secret'"])).exitCode, 0);
    const { calls } = await terminal.json<Audit>(['audit']);
    assert.deepEqual(
      calls.map(({ command, outcome, error }) => [command, outcome, error]),
      [
        ['query', 'succeeded', undefined],
        ['query', 'failed', calls[1]?.error],
      ],
    );
    assert.match(calls[1]?.error ?? '', /^PH_/);
    assert.deepEqual(calls[0]?.arguments, ['SELECT ? AS ?']);
    await terminal.run(['doctor', 'acme']);
    assert.deepEqual((await terminal.json<Audit>(['audit', '--lines', '1'])).calls[0]?.addresses, ['acme']);
    await terminal.run(['quarantine', 'show', 'acme.curate', '--where', 'customer_id = CUST_deadbeef_000001']);
    const [shown] = (await terminal.json<Audit>(['audit', '--lines', '1'])).calls;
    assert.deepEqual(shown?.addresses, ['acme.curate']);
    assert.ok(shown.arguments.includes('customer_id = ?'), shown.arguments.join(' '));
    assert.ok(!readFileSync(join(directory, '.playhead/audit.ndjson'), 'utf8').includes('cust_secret'));
    assert.match((await terminal.run(['audit'])).out, /query SELECT \? AS \?/);
  });

  it('is verified, and an edit is named with its line and an exit code', async () => {
    const whole = await terminal.run(['audit', '--verify']);
    assert.deepEqual([whole.exitCode, /whole: 8 lines/.test(whole.out)], [0, true], whole.out);
    const file = join(directory, '.playhead/audit.ndjson');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replace('"succeeded"', '"succeeded" '));
    const edited = await terminal.run(['audit', '--verify']);
    assert.equal(edited.exitCode, 4);
    assert.match(edited.out, /line 2 was edited/);
    assert.match(
      (await terminal.run(['audit'])).out,
      /! The audit log is not what was written, in 1 place: .*audit --verify/,
    );
    writeFileSync(file, text.split('\n').slice(0, 3).join('\n').concat('\n'));
    assert.match(
      (await terminal.run(['audit', '--verify'])).out,
      /line 4 the end was cut off: entries 3 to 7 are missing/,
    );
    writeFileSync(file, text);
  });
});
