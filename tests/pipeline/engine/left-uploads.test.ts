import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { testEffects } from '../../../src/base/effects.ts';
import { hours } from '../../../src/base/units.ts';
import { objectName } from '../../../src/delivery/object-name.ts';
import { openEngine } from '../../../src/pipeline/engine/bind.ts';
import { endLeftUploads } from '../../../src/pipeline/engine/left-uploads.ts';
import { embeddedProfile } from '../../../src/pipeline/engine/profile.ts';
import { shop } from '../shop.ts';

it('uploads that killed processes left are ended a day after their start, and those of other programs never', async () => {
  const home = mkdtempSync(join(tmpdir(), 'playhead-uploads-'));
  const effects = testEffects();
  const engine = openEngine({ pipelines: [shop()], profile: embeddedProfile, home }, effects);
  const nowMs = effects.clock.now();
  const parts = { delivery: 'shop.deliver', epoch: 0, lane: 0, plan: 7, flush: 0, seed: 1, oldestMs: nowMs };
  const delivered = objectName({ ...parts, extension: '.json.gz' });
  const ours = ['_playhead/replay/x', 'curated/orders/data.parquet', `elsewhere/${delivered}`];
  const started = { ...Object.fromEntries(ours.map((key) => [key, 25])), 'orders/young': 23, 'theirs/big.bin': 100 };
  const ended: string[] = [];
  const lake = await engine.lake();
  const uploads = async function* () {
    for (const [key, hoursAgo] of Object.entries(started))
      yield { key, startedMs: nowMs - hours(hoursAgo), end: async () => void ended.push(key) };
  };
  assert.deepEqual(await endLeftUploads({ ...engine, lake: async () => ({ ...lake, uploads }) }), ours);
  assert.deepEqual(ended, ours);
  assert.deepEqual(await endLeftUploads(engine), []);
  await engine.close();
  rmSync(home, { recursive: true });
});
