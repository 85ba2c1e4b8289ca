import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { openTerminal, type Terminal } from './terminal.ts';

interface DemoResult {
  readonly logged: number;
  readonly resent: number;
  readonly delivered: number;
  readonly curated: number;
  readonly accounts: readonly {
    readonly produced: number;
    readonly delivered: number;
    readonly deduplicated: number;
    readonly quarantined: number;
    readonly missing: number;
  }[];
  readonly setAside: readonly { readonly by: string; readonly check: string; readonly records: number }[];
  readonly incidents: {
    readonly matched: readonly { readonly delayMs: number; readonly isExact: boolean }[];
    readonly missed: readonly unknown[];
    readonly falseAlarms: readonly unknown[];
  };
  readonly next: readonly string[];
}

interface Measured {
  readonly name: string;
  readonly periods: readonly { readonly Sum?: number }[];
}

const shipped = pathToFileURL(join(import.meta.dirname, '../../pipelines/acme/index.ts')).href;

/** The shipped pipeline, made small: fewer households, titles and events, and nothing else changed. */
const configText = `
  import { defineConfig } from 'playhead';
  import { acme } from '${shipped}';
  const { viewers, 'make-customers': customers, 'make-titles': titles } = acme.sources;
  const sources = {
    'make-customers': { ...customers, rows: 2000 },
    'make-titles': { ...titles, rows: 200 },
    viewers: { ...viewers, eventsPerDay: 20_000 },
  };
  const engine = { backend: 'duckdb', threads: 1 };
  export const config = defineConfig({ pipelines: [{ ...acme, sources }], profiles: { embedded: { engine } } });
`;

describe('demo', () => {
  let folder: string;
  let terminal: Terminal;
  let first: DemoResult;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-demo-'));
    writeFileSync(join(folder, 'playhead.config.ts'), configText);
    terminal = openTerminal(folder);
    first = await terminal.json<DemoResult>(['demo']);
  });
  after(() => rmSync(folder, { recursive: true }));

  it('takes a whole day through the pipeline and accounts for each event', () => {
    assert.ok(first.logged > 5000);
    assert.deepEqual([first.accounts[0]?.produced, first.accounts[0]?.missing], [first.logged, 0]);
    const refused = first.setAside.filter(({ by }) => by === 'acme.firehose');
    assert.equal(first.delivered, first.logged - refused.reduce((sum, { records }) => sum + records, 0));
    const doubled = first.accounts[0]?.deduplicated ?? 0;
    assert.ok(doubled > 0, 'some records come twice');
    const quarantined = first.accounts[0]?.quarantined ?? 0;
    assert.ok(quarantined > 0, 'some records are broken');
    assert.equal(first.curated, first.logged - doubled - quarantined);
  });

  it('says of every record that was set aside which check did it', () => {
    const sum = first.setAside.reduce((total, { records }) => total + records, 0);
    assert.equal(sum, first.accounts[0]?.quarantined);
    const checks = first.setAside.map(({ by, check }) => `${by} ${check}`);
    for (const check of ['acme.firehose Record.NotJson', 'acme.curate wrong_type', 'acme.curate title_id_reference'])
      assert.ok(checks.includes(check), `${check} is not among ${checks.join(', ')}`);
  });

  it('finds the outage, and nothing else, by its detector and within half an hour', () => {
    const { matched, missed, falseAlarms } = first.incidents;
    assert.deepEqual([matched.length, missed, falseAlarms], [1, [], []]);
    assert.ok(matched[0]?.isExact === true && matched[0].delayMs > 0 && matched[0].delayMs <= 30 * 60_000);
  });

  it('is measured under the pipeline’s own names', async () => {
    const { metrics } = await terminal.json<{ metrics: readonly Measured[] }>(['metrics']);
    const sum = (wanted: string): number | undefined =>
      metrics.find(({ name }) => name === wanted)?.periods.at(-1)?.Sum;
    assert.equal(sum('EventsGenerated'), first.logged);
    assert.equal(sum('EventsSent'), first.logged);
    assert.equal(sum('EventErrors'), 0);
    assert.ok((sum('DeliveryToS3.Success') ?? 0) > 24, 'a put for each hour at least');
  });

  it('ends with three commands that find what they ask for', async () => {
    assert.equal(first.next.length, 3);
    for (const command of first.next) {
      const [, fresh, sql] = /^playhead query (--fresh )?"([^"]+)"$/.exec(command) ?? [];
      assert.ok(sql !== undefined, command);
      const words = ['query', sql, ...(fresh === undefined ? [] : ['--fresh'])];
      const { rows } = await terminal.json<{ rows: readonly (readonly unknown[])[] }>(words);
      assert.ok(rows.length > 0 && rows[0]?.[0] !== 0, command);
    }
  });

  it('appends nothing the second time, says so, and answers every query', async () => {
    const { out, err, exitCode } = await terminal.run(['demo']);
    assert.equal(exitCode, 0);
    const [heading, path, place] = err.split('\n').filter((line) => line !== '');
    assert.equal(heading, 'acme: 2025-08-11 through a whole pipeline');
    assert.match(path ?? '', /^simulated sessions → stream → delivery → lake/);
    assert.equal(place, `its home is ${join(folder, '.playhead')}`);
    assert.match(err, /simulate the first hour +all [\d,]+ events were in the log already: nothing appended/);
    assert.match(err, /stream the rest of the day +all [\d,]+ events were in the log already: nothing appended/);
    const { out: logged } = await terminal.run(['logs', 'viewers']);
    assert.equal(logged.match(/the log has all of it already/g)?.length, 2, logged);
    assert.match(err, /✓ 11 queries answered/);
    assert.match(
      out,
      /✓ by SQL: [\d,]+ rows in acme_telemetry\.video_telemetry_json,\n +[\d,]+ in .*:\n +[\d,]+ came twice, [\d,]+ are in quarantine/,
    );
    assert.match(
      out,
      /✓ by SQL: [\d,]+ rows landed in a later hour than they took place;\n +each is curated in its own/,
    );
    assert.match(out, /✓ isp-outage, isp Comcast: began 2025-08-11 20:00:00, found after \d+ min/);
    assert.doesNotMatch(err, /unknown/);
    assert.match(out, new RegExp(`it adds up: ${first.logged.toLocaleString('en-US')} records`));
    assert.doesNotMatch(out, /│ +NULL +│ +NULL/);
  });
});
