import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { testEffects } from '../../../src/base/effects.ts';
import { memoryBudget } from '../../../src/base/memory-budget.ts';
import { mebibytes } from '../../../src/base/units.ts';
import { delivery, json } from '../../../src/delivery/definition.ts';
import type { DeliveryCommit } from '../../../src/delivery/plan.ts';
import { applyDefinitions } from '../../../src/pipeline/apply/apply.ts';
import { openEngine } from '../../../src/pipeline/engine/bind.ts';
import { deliveryOf } from '../../../src/pipeline/engine/delivery-of.ts';
import { embeddedProfile } from '../../../src/pipeline/engine/profile.ts';
import { addressed } from '../../../src/pipeline/graph/address.ts';
import { produceNdjson } from '../../../src/source/ndjson.ts';
import { shop } from '../shop.ts';

const lanes = 16;
const lineBytes = 64 * 1024;

async function* lines(bytes: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i * lineBytes < bytes; i += 1)
    yield Buffer.from(
      `{"order_id":"o","placed_at":"2025-08-11T00:00:00Z","amount":1,"x":"${'x'.repeat(lineBytes - 100)}"}\n`,
    );
}

test('all lanes of all deliveries share one budget: a lane reads no further than its part of it', async () => {
  const effects = testEffects();
  const home = mkdtempSync(join(tmpdir(), 'playhead-memory-'));
  const deliver = delivery({
    from: 'orders',
    prefix: 'raw/',
    format: json(),
    buffer: { size: mebibytes(128) },
    lanes,
  });
  const pipeline = shop({ deliveries: { deliver }, jobs: {}, schedules: {} });
  const engine = openEngine({ pipelines: [pipeline], profile: embeddedProfile, home }, effects);
  try {
    await applyDefinitions(engine);
    // A lane holds two plans of a quarter of its part each.
    const planBytes = memoryBudget(totalmem()).deliveryBytes / lanes / 4;
    const settings = { topic: 'orders', keyField: 'order_id', source: 'one' };
    await produceNdjson(lines(2.5 * planBytes), await engine.stream(), settings, () => {}, effects);
    const [entry] = addressed([pipeline], 'delivery');
    const commits: DeliveryCommit[] = [];
    await (await deliveryOf(engine, entry ?? assert.fail())).drain({ onCommit: (commit) => commits.push(commit) });
    const objects = commits.flatMap((commit) => (commit.kind === 'flushes' ? commit.objects : []));
    assert.ok(objects.length >= 3, `${objects.length} objects`);
    for (const { rawBytes } of objects) assert.ok(rawBytes <= planBytes, `${rawBytes} in one`);
  } finally {
    await engine.close();
    rmSync(home, { recursive: true });
  }
});
