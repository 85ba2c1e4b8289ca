import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openTerminal } from '../cli/terminal.ts';
import { openSink } from '../observe/sink.ts';

const config = (url: string): string => `
  import { defineConfig, definePipeline, defineRecord, delivery, field, json, seconds, stream, table } from 'playhead';
  const order = defineRecord('order', { fields: { order_id: field.string() } });
  export const config = defineConfig({
    pipelines: [
      definePipeline('shop', {
        streams: { orders: stream({ topic: 'orders', record: order, partitions: 1 }) },
        tables: { landing: table({ database: 'shop', name: 'landing', record: order, location: 'orders/', format: 'json' }) },
        deliveries: {
          deliver: delivery({ from: 'orders', table: 'landing', prefix: 'orders/', buffer: { interval: seconds(60) }, format: json() }),
        },
      }),
    ],
    profiles: { embedded: { lineage: { backend: 'http', url: '${url}' } } },
  });
`;

describe('a lineage endpoint that is away', () => {
  it('fails no run, and is seen by status and doctor until it has what it missed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'playhead-endpoint-'));
    const sink = await openSink();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'playhead.config.ts'), config(sink.url));
    const terminal = openTerminal(folder);
    sink.answer(503);
    const delivered = await terminal.run(['deliver', '--drain']);
    assert.equal(delivered.exitCode, 0, delivered.err);
    assert.match((await terminal.run(['status'])).out, /lineage endpoint {2}2 events still to be sent, .*answered 503/);
    assert.match((await terminal.run(['doctor'])).out, /2 events waiting.*answered 503/);
    assert.equal((await terminal.run(['lineage', '--send'])).exitCode, 1);
    sink.answer(204);
    assert.match((await terminal.run(['lineage', '--send'])).out, /2 events taken/);
    assert.match((await terminal.run(['status'])).out, /all events taken/);
    assert.deepEqual(
      sink.received.map(({ message }) => message['eventType']),
      ['START', 'COMPLETE'],
    );
    await sink.close();
    rmSync(folder, { recursive: true });
  });
});
