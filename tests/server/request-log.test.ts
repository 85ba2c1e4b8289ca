import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { manualClock } from '../../src/base/effects.ts';
import { defineRecord, field, minutes } from '../../src/index.ts';
import { openGatewayFile } from '../../src/server/gateway-schema.ts';
import { openRequestLog } from '../../src/server/request-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'playhead-requests-'));
after(() => rmSync(folder, { recursive: true }));

test('an Idempotency-Key is known until it expires, and is kept no longer', async () => {
  const clock = manualClock();
  const file = openGatewayFile(join(folder, 'gateway.sqlite'));
  const log = openRequestLog(file, defineRecord('event', { fields: { id: field.string() } }), minutes(10), clock);
  let appended = 0n;
  const next = (): { source: string; firstSequence: bigint } => {
    appended += 1n;
    return { source: 'door', firstSequence: appended };
  };
  const sent = (key: number): unknown => {
    const idempotency = { key: Uint8Array.of(key), body: Uint8Array.of(1) };
    const [place] = log.place([{ idempotency, count: 1 }], next);
    assert.ok(place !== undefined && 'firstSequence' in place);
    return place.firstSequence;
  };
  const kept = (): unknown => file.get('SELECT count(*) AS requests FROM requests')?.['requests'];
  assert.deepEqual([sent(1), sent(1), sent(2)], [1n, 1n, 2n]);
  await clock.advance(minutes(10) - 1);
  assert.deepEqual([sent(1), kept()], [1n, 2]);
  await clock.advance(1);
  assert.deepEqual([sent(1), kept()], [3n, 2], 'not swept again within a minute, and not believed all the same');
  await clock.advance(minutes(1));
  assert.deepEqual([sent(3), kept()], [4n, 2], 'of those that expired nothing is kept');
  file.close();
});
