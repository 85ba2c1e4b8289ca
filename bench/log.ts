import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Effects, systemEffects } from '../src/base/effects.ts';
import { seededRandom } from '../src/base/random.ts';
import type { ProducedBatch } from '../src/record/batch.ts';
import { BatchBuilder } from '../src/record/batch-builder.ts';
import { openEmbeddedStream } from '../src/stream/embedded/open.ts';
import type { Figure } from './figure.ts';

/**
 * Log append and fetch in MB/s of uncompressed values, against a plain file that gets the same bytes with fdatasync
 * after each append, in the same run. Appends are of the size that five simulated minutes give.
 */
export async function benchLog(
  settings: { readonly appends?: number; readonly recordsPerAppend?: number; readonly partitions?: number } = {},
  effects: Effects = systemEffects(),
): Promise<readonly Figure[]> {
  const { appends = 60, recordsPerAppend = 7600, partitions = 20 } = settings;
  const directory = await mkdtemp(join(tmpdir(), 'playhead-bench-log-'));
  try {
    const batches = Array.from({ length: 4 }, (_, seed) => telemetryBatch(recordsPerAppend, seed));
    const batchAt = (n: number): ProducedBatch => batches[n % batches.length] ?? telemetryBatch(recordsPerAppend, n);
    let bytes = 0;
    for (let n = 0; n < appends; n += 1) bytes += batchAt(n).values.length;
    const plainMs = await timed(effects, () => plainAppends(join(directory, 'plain'), appends, batchAt));
    const log = await openEmbeddedStream(join(directory, 'log'), effects);
    const topic = 'bench';
    await log.ensureTopic({ topic, partitions, retentionMs: 1e12, cleanup: 'delete' });
    const appendMs = await timed(effects, async () => {
      for (let n = 0; n < appends; n += 1) {
        const firstSequence = BigInt(n * recordsPerAppend);
        await log.append({ topic, source: 'bench', firstSequence, batch: batchAt(n) });
      }
    });
    const fetchMs = await timed(effects, async () => {
      for (let partition = 0; partition < partitions; partition += 1) {
        for (let from = 0n; ; ) {
          const { next } = await log.fetch(topic, partition, from, { maxBytes: 32 * 1024 ** 2 });
          if (next === from) break;
          from = next;
        }
      }
    });
    await log.close();
    const megabytes = bytes / 1e6;
    const rate = (ms: number): number => megabytes / (ms / 1000);
    return [
      { name: 'append', value: rate(appendMs), unit: 'MB/s', better: 'higher' },
      { name: 'append against a plain append with fdatasync', value: plainMs / appendMs, unit: '×', better: 'higher' },
      { name: 'fetch', value: rate(fetchMs), unit: 'MB/s', better: 'higher' },
      { name: 'fetch against a plain append with fdatasync', value: plainMs / fetchMs, unit: '×', better: 'higher' },
      {
        name: 'stored, of the bytes appended',
        value: (await storedMegabytes(join(directory, 'log', topic))) / megabytes,
        unit: '×',
        better: 'lower',
      },
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function timed(effects: Effects, work: () => Promise<void>): Promise<number> {
  const start = effects.clock.monotonicMs();
  await work();
  return effects.clock.monotonicMs() - start;
}

async function plainAppends(path: string, appends: number, batchAt: (n: number) => ProducedBatch): Promise<void> {
  const file = await open(path, 'wx');
  for (let n = 0; n < appends; n += 1) {
    await file.write(batchAt(n).values);
    await file.datasync();
  }
  await file.close();
}

async function storedMegabytes(directory: string): Promise<number> {
  const { readdir, stat } = await import('node:fs/promises');
  const sizes = (await readdir(directory)).map(async (name) => (await stat(join(directory, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0) / 1e6;
}

/** Records of about 600 bytes that repeat themselves as telemetry does: fixed names, few values, random ids and times. */
function telemetryBatch(count: number, seed: number): ProducedBatch {
  const random = seededRandom(seed);
  const hex = (): string => random.uint32().toString(16).padStart(8, '0');
  const pick = (...values: string[]): string => values[random.uint32() % values.length] ?? '';
  const builder = new BatchBuilder({ lineFramed: true, checkedObjects: true, keyed: true, capacityBytes: count * 700 });
  const start = Date.UTC(2025, 7, 11);
  for (let i = 0; i < count; i += 1) {
    const customer = `CUST_${hex()}_${String(random.uint32() % 1e6).padStart(6, '0')}`;
    const at = start + Math.floor((i * 300_000) / count);
    const record = {
      event_id: `EVENT_${hex()}${hex()}`,
      customer_id: customer,
      title_id: `TITLE_${hex()}_${String(random.uint32() % 10_000).padStart(6, '0')}`,
      session_id: `SESSION_${hex()}`,
      device_id: `DEVICE_${hex()}`,
      event_type: pick('start', 'stop', 'pause', 'resume', 'complete'),
      event_timestamp: new Date(at).toISOString(),
      watch_duration_seconds: random.uint32() % 7200,
      position_seconds: random.uint32() % 7200,
      completion_percentage: (random.uint32() % 10_000) / 100,
      device_type: pick('mobile', 'web', 'tv', 'tablet'),
      device_os: pick('iOS', 'Android', 'Roku OS', 'Windows', 'macOS'),
      app_version: `${random.uint32() % 5}.${random.uint32() % 10}.${random.uint32() % 100}`,
      quality: pick('SD', 'HD', '4K'),
      bandwidth_mbps: (random.uint32() % 3000) / 100,
      buffering_events: random.uint32() % 3,
      buffering_duration_seconds: random.uint32() % 60,
      error_count: 0,
      ip_address: `203.0.113.${random.uint32() % 256}`,
      country: pick('United States', 'Germany', 'Japan', 'Brazil', 'France'),
      state: pick('California', 'Bayern', 'Texas', 'Ontario', 'Hokkaido'),
      city: pick('Los Angeles', 'Munich', 'Houston', 'Toronto', 'Sapporo'),
      isp: pick('Comcast', 'Verizon', 'Germany Telecom', 'Cox'),
      connection_type: pick('wifi', 'fiber', 'cable', 'dsl'),
    };
    builder.add(Buffer.from(`${JSON.stringify(record)}\n`), at, Buffer.from(customer));
  }
  return builder.take();
}
