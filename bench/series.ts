import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemEffects } from '../src/base/effects.ts';
import { packCommits, packedTogether } from '../src/commit/packed-commits.ts';
import { openDeliverySeries } from '../src/delivery/lanes.ts';
import type { DeliveryCommit } from '../src/delivery/plan.ts';
import { openFileStore } from '../src/lake/file.ts';
import { readDelivery } from '../src/ledger/delivery-ledger.ts';
import type { Figure } from './figure.ts';

const series = 'media.landing.e0.l0';
const partitions = 20;
const recordsAPartition = 100;

/**
 * What a delivery's history costs whoever comes after it: a synthetic series of 100,000 commits of one flush each
 * (`PLAYHEAD_BENCH_COMMITS`). Start-up looks for the head; the account looks at each commit, and reads them packed.
 */
export async function benchSeries(
  count = Number(process.env['PLAYHEAD_BENCH_COMMITS'] ?? '100000'),
): Promise<readonly Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'playhead-bench-series-'));
  try {
    await makeSeries(directory, count);
    return await measured(directory, count);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function makeSeries(directory: string, count: number): Promise<void> {
  const folder = join(directory, `_playhead/series/${series}/commit`);
  await mkdir(folder, { recursive: true });
  await mkdir(join(directory, '_playhead/epochs/media.landing'), { recursive: true });
  await writeFile(join(directory, '_playhead/epochs/media.landing/000000.json'), '{"number":0,"lanes":1}');
  for (let n = 0; n < count; n += 1)
    await writeFile(join(folder, `${String(n).padStart(10, '0')}.json`), `${JSON.stringify(commitAt(n))}\n`);
  const effects = systemEffects();
  const store = await openFileStore(directory, effects);
  // As the writer does: a few blocks a call.
  for (let next = packedTogether; next <= count; next += packedTogether)
    await packCommits(store, series, next, effects);
  await store.close();
}

function commitAt(n: number): DeliveryCommit {
  const base = { format: 1, delivery: 'media.landing', committedAtMs: n, topic: 'plays', topicId: 'one' } as const;
  const positionsAfter = (flushes: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: partitions }, (_, i) => [i, String(flushes * recordsAPartition)]));
  if (n === 0) return { ...base, kind: 'open', positions: positionsAfter(0) };
  const rows = partitions * recordsAPartition;
  return {
    ...base,
    kind: 'flushes',
    positions: positionsAfter(n),
    objects: [
      {
        kind: 'data',
        key: `plays/year=2025/month=08/day=11/hour=00/media.landing-1-2025-08-11-00-00-00-e0l0p${n}.json.gz`,
        etag: String(n).padStart(64, '0'),
        sizeBytes: 100_000,
        rows,
        rawBytes: 1_000_000,
        flush: 0,
        arrivalMs: [0, 1],
      },
    ],
    account: Array.from({ length: partitions }, (_, partition) => ({
      partition,
      from: String((n - 1) * recordsAPartition),
      until: String(n * recordsAPartition),
      hourMs: 0,
      logged: recordsAPartition,
      delivered: recordsAPartition,
      errored: 0,
    })),
  };
}

async function measured(directory: string, count: number): Promise<readonly Figure[]> {
  const effects = systemEffects();
  const start = performance.now();
  const store = await openFileStore(directory, effects);
  const { next } = await openDeliverySeries(store, series, effects).head();
  const startUpMs = performance.now() - start;
  if (next !== count) throw new Error(`the head is ${next}`);
  const account = async (): Promise<number> => {
    const began = performance.now();
    const { figures, faults } = await readDelivery(store, 'media.landing', { id: 'one', state: [] });
    if (faults.length > 0 || figures.delivered !== (count - 1) * partitions * recordsAPartition)
      throw new Error(`the account says ${figures.delivered} records and ${faults.length} faults`);
    return performance.now() - began;
  };
  const packedMs = await account();
  await rm(join(directory, '_playhead/packed'), { recursive: true });
  const singleMs = await account();
  await store.close();
  const of = `${count.toLocaleString('en-US')} commits`;
  return [
    { name: `series: start-up after ${of}`, value: startUpMs, unit: 'ms', better: 'lower', target: 2000 },
    { name: `series: account of ${of}, packed`, value: packedMs, unit: 'ms', better: 'lower' },
    { name: 'series: account one by one / packed', value: singleMs / packedMs, unit: '×', better: 'higher' },
  ];
}
