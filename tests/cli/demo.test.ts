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
    readonly missing: number;
  }[];
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
    viewers: { ...viewers, eventsPerDay: 12_000 },
  };
  export const config = defineConfig({ pipelines: [{ ...acme, sources }] });
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
    assert.deepEqual(
      [first.delivered, first.accounts[0]?.produced, first.accounts[0]?.missing],
      [first.logged, first.logged, 0],
    );
    const doubled = first.accounts[0]?.deduplicated ?? 0;
    assert.ok(doubled > 0, 'some records come twice');
    assert.equal(first.curated, first.logged - doubled);
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
    assert.equal(place, `everything lies under ${join(folder, '.playhead')}`);
    assert.match(err, /simulate the first hour +all [\d,]+ events were in the log already: nothing appended/);
    assert.match(err, /stream the rest of the day +all [\d,]+ events were in the log already: nothing appended/);
    const { out: logged } = await terminal.run(['logs', 'viewers']);
    assert.equal(logged.match(/the log has all of it already/g)?.length, 2, logged);
    assert.match(err, /✓ 11 queries answered/);
    assert.match(
      out,
      /✓ acme_telemetry\.video_telemetry_json has [\d,]+ rows, .* the difference is [\d,]+ that came twice, 0 in/,
    );
    assert.match(out, new RegExp(`it adds up: ${first.logged.toLocaleString('en-US')} records`));
    assert.doesNotMatch(out, /│ +NULL +│ +NULL/);
  });
});
