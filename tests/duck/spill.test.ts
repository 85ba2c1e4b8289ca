import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { systemEffects } from '../../src/base/effects.ts';
import { newMasterKey } from '../../src/base/key-ring.ts';
import { mebibytes } from '../../src/base/units.ts';
import { openDuck } from '../../src/duck/duck.ts';
import { openEngine } from '../../src/pipeline/engine/bind.ts';
import { embeddedProfile } from '../../src/pipeline/engine/profile.ts';

const rows = 1_500_000;

/** Whether the spilled files of a table that is larger than memory show a text of it. */
async function spillShows(encryptsSpill: boolean): Promise<boolean> {
  const temporaryDirectory = await mkdtemp(join(tmpdir(), 'playhead-spill-'));
  const duck = await openDuck({ memoryBytes: mebibytes(24), threads: 1, temporaryDirectory, encryptsSpill });
  try {
    await using session = await duck.connect();
    await session.run(`CREATE TABLE made AS SELECT 'U-2718281828-' || hash(i) AS user_id FROM range(${rows}) t(i)`);
    const names = await readdir(temporaryDirectory);
    assert.ok(names.length > 0, 'nothing was spilled');
    const files = await Promise.all(names.map((name) => readFile(join(temporaryDirectory, name))));
    assert.equal(await session.value('SELECT count(user_id) FROM made'), BigInt(rows));
    return files.some((bytes) => bytes.includes('U-2718281828'));
  } finally {
    await duck.close();
    await rm(temporaryDirectory, { recursive: true, force: true });
  }
}

it('spills what no one can read, where it is told to', async () => {
  assert.equal(await spillShows(false), true);
  assert.equal(await spillShows(true), false);
});

it('is told to by an encrypted home, and by no other', async () => {
  const home = await mkdtemp(join(tmpdir(), 'playhead-spill-'));
  const keys = [{}, { PLAYHEAD_KEY: Buffer.from(newMasterKey().bytes).toString('base64') }];
  const told: unknown[] = [];
  for (const env of keys) {
    const engine = openEngine({ pipelines: [], profile: embeddedProfile, home }, systemEffects({ env }));
    for (const duck of [await engine.duck(), await engine.converter()]) {
      await using session = await duck.connect();
      told.push(await session.value("SELECT value FROM duckdb_settings() WHERE name = 'temp_file_encryption'"));
    }
    await engine.close();
  }
  await rm(home, { recursive: true });
  assert.deepEqual(told, ['false', 'false', 'true', 'true']);
});
