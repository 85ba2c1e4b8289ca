import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { systemEffects } from '../../src/base/effects.ts';
import { type Random, seededRandom } from '../../src/base/random.ts';
import { openEmbeddedStream } from '../../src/stream/embedded/open.ts';
import { plain } from './records.ts';

/** Where a writer of the log can die. */
const writerSteps = ['half-written', 'stream.indexed', 'stream.segment-written'];
const total = 400;

/** Runs one writer again and again, killed at a step drawn each time, until it ends by itself. Returns its deaths by step. */
async function writeDespiteKills(directory: string, source: string, random: Random): Promise<Map<string, number>> {
  const deaths = new Map<string, number>();
  for (;;) {
    const round = [...deaths.values()].reduce((sum, count) => sum + count, 0);
    const step = round < 6 ? (writerSteps[round % writerSteps.length] ?? '') : 'none';
    const nth = String(1 + (random.uint32() % 4));
    const script = fileURLToPath(new URL('./writer-to-kill.ts', import.meta.url));
    const args = ['--disable-warning=ExperimentalWarning', script, directory, source, String(total), step, nth];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    const [code, signal] = await once(child, 'exit');
    if (code === 0) return deaths;
    assert.equal(signal, 'SIGKILL');
    deaths.set(step, (deaths.get(step) ?? 0) + 1);
  }
}

/**
 * Two writers of one log, each killed six times, twice at every step, and begun again until it ends. Throws unless the log
 * holds each record once and in its writer's order, and no file holds more than what was committed.
 */
export async function killWriters(seed: number): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'playhead-kill-'));
  try {
    const log = await openEmbeddedStream(directory, systemEffects());
    await log.ensureTopic({ topic: 't', partitions: 3, retentionMs: 1, cleanup: 'delete' });
    const sources = ['one', 'two'];
    const writers = sources.map((source, at) => writeDespiteKills(directory, source, seededRandom(seed, at + 1)));
    for (const deaths of await Promise.all(writers)) assert.deepEqual([...deaths.keys()].toSorted(), writerSteps);
    const seen: string[] = [];
    for (let partition = 0; partition < 3; partition += 1) {
      const records = plain((await log.fetch('t', partition, 0n, { maxBytes: 1e9 })).batches);
      assert.deepEqual(
        records.map(({ position }) => position),
        [...records.keys()].map(BigInt),
      );
      const byKey = Map.groupBy(records, ({ key }) => key);
      for (const [key, own] of byKey) {
        const numbers = own.map(({ value }) => Number(JSON.parse(value).n));
        assert.deepEqual(
          numbers,
          numbers.toSorted((a, b) => a - b),
          `records of ${key} in order`,
        );
        seen.push(...numbers.map((n) => `${key?.split('-')[0]} ${n}`));
      }
    }
    const expected = sources.flatMap((source) => [...Array(total).keys()].map((n) => `${source} ${n}`));
    assert.deepEqual(seen.toSorted(), expected.toSorted());
    await log.close();
    await noTailsLeft(join(directory, 't'));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Every segment file ends where its last commit did: what killed writers left was cut off. */
async function noTailsLeft(folder: string): Promise<void> {
  const index = new DatabaseSync(join(folder, 'index.sqlite'));
  const rows = index.prepare('SELECT id, size_bytes FROM segments').all();
  index.close();
  const files = (await readdir(folder)).filter((name) => name.endsWith('.segment'));
  assert.deepEqual(
    files.map((name) => Number.parseInt(name, 10)).toSorted((a, b) => a - b),
    rows.map((row) => row['id']),
  );
  for (const row of rows) {
    const name = files.find((file) => Number.parseInt(file, 10) === row['id']);
    assert.equal((await stat(join(folder, name ?? ''))).size, row['size_bytes']);
  }
}
