import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { jobEventFaults } from '../observe/open-lineage/specification.ts';
import { openTerminal, type Terminal } from './terminal.ts';

const config = `
  import { byHour, defineConfig, definePipeline, defineRecord, delivery, field, json, seconds, sqlJob, stream, table } from 'playhead';
  const order = defineRecord('order', { fields: { order_id: field.string(), placed_at: field.timestamp(), amount: field.double() } });
  const landing = table({ database: 'shop', name: 'orders_json', record: order, location: 'orders/', format: 'json' });
  const curated = table({ database: 'shop', name: 'orders', record: order, location: 'curated/', format: 'parquet', partitions: { year: 'int', month: 'int', day: 'int', hour: 'int' } });
  export const config = defineConfig({
    pipelines: [
      definePipeline('shop', {
        streams: { placed: stream({ topic: 'placed-orders', record: order, partitions: 1 }) },
        tables: { landing, curated },
        deliveries: { deliver: delivery({ from: 'placed', table: 'landing', prefix: 'orders/', buffer: { interval: seconds(60) }, format: json() }) },
        jobs: { curate: sqlJob({ from: 'landing', into: 'curated', incremental: byHour('placed_at'),
          sql: { text: 'SELECT order_id, placed_at, amount * 2 AS amount FROM shop.orders_json', path: 'curate.sql' } }) },
        queries: { total: { kind: 'query', title: 'Total', description: '', sql: 'SELECT sum(amount) AS total FROM shop.orders WHERE hour > 3', sqlPath: 'total.sql' } },
      }),
    ],
  });
`;

describe('lineage on the command line', () => {
  let folder: string;
  let terminal: Terminal;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-lineage-cli-'));
    writeFileSync(join(folder, 'playhead.config.ts'), config);
    terminal = openTerminal(folder);
  });
  after(() => rmSync(folder, { recursive: true }));

  const shown = async (...words: string[]): Promise<string> => {
    const { exitCode, out, err } = await terminal.run(['lineage', ...words]);
    assert.equal(exitCode, 0, err);
    return out.trimEnd();
  };

  it('draws the whole way from the stream to the answers', async () => {
    assert.equal(
      await shown(),
      [
        '└─ placed-orders',
        '   └─ delivery deliver',
        '      └─ shop.orders_json',
        '         └─ job curate',
        '            └─ shop.orders',
        '               └─ query total',
      ].join('\n'),
    );
  });

  it('tells of a column what it is made of, and who would notice a change', async () => {
    assert.equal(
      await shown('landing.amount'),
      [
        'shop.orders_json.amount  double, of a table',
        '',
        'made of',
        '└─ placed-orders.amount  the same value; delivery deliver',
        '',
        'goes to',
        '└─ shop.orders.amount  computed from it; job curate',
        '   └─ total.total      aggregated from it; query total',
      ].join('\n'),
    );
    assert.match(await shown('shop.orders.hour'), /└─ total {2}decides which rows there are; query total/);
  });

  it('tells of a table what it is made from, who reads it, and its columns', async () => {
    const text = await shown('curated');
    assert.match(text, /made from\n└─ job curate\n {3}└─ shop\.orders_json/);
    assert.match(text, /read by\n└─ query total/);
    assert.match(text, /^hour +int +landing\.placed_at \(computed\) +total$/m);
  });

  it('draws Mermaid, and writes job events', async () => {
    const mermaid = await shown('curated', '--format', 'mermaid');
    assert.match(mermaid, /^flowchart LR\n/);
    assert.match(mermaid, /\[\("shop\.orders"\)\]/);
    const events = (await shown('--format', 'openlineage')).split('\n').map((line): unknown => JSON.parse(line));
    assert.equal(events.length, 3);
    for (const event of events) assert.deepEqual(jobEventFaults(event), []);
  });

  it('says what there is where a name or a column is not', async () => {
    const table = await terminal.run(['lineage', 'curatd']);
    assert.equal(table.exitCode, 2);
    assert.match(table.err, /Did you mean "curated"\?/);
    const column = await terminal.run(['lineage', 'curated.amuont']);
    assert.match(column.err, /shop\.orders has no column "amuont"[\s\S]*Did you mean "amount"\?/);
  });
});
