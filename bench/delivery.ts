import { execFileSync, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Effects, systemEffects } from '../src/base/effects.ts';
import { type Random, seededRandom } from '../src/base/random.ts';
import { openSqliteCatalog } from '../src/catalog/sqlite.ts';
import { type DeliveryFormat, delivery, json, parquet } from '../src/delivery/definition.ts';
import { openDelivery } from '../src/delivery/delivery.ts';
import { type Duck, openDuck, sqlIdentifier, sqlString } from '../src/duck/duck.ts';
import { openFileStore } from '../src/lake/file.ts';
import { BatchBuilder } from '../src/record/batch-builder.ts';
import { duckColumns } from '../src/record/columns.ts';
import { defineRecord } from '../src/record/define-record.ts';
import { field } from '../src/record/field.ts';
import { stream } from '../src/stream/definition.ts';
import { openEmbeddedStream } from '../src/stream/embedded/open.ts';
import type { Stream } from '../src/stream/stream.ts';
import type { Figure } from './figure.ts';

const Play = defineRecord('play', {
  fields: {
    id: field.string(),
    viewer: field.string(),
    title: field.string(),
    session: field.string(),
    kind: field.string(),
    at: field.string(),
    watched_seconds: field.int(),
    position_seconds: field.int(),
    completion: field.double(),
    device: field.string(),
    system: field.string(),
    version: field.string(),
    quality: field.string(),
    megabits: field.double(),
    stalls: field.int(),
    stalled_seconds: field.int(),
    errors: field.int(),
    address: field.string(),
    country: field.string(),
    state: field.string(),
    city: field.string(),
    provider: field.string(),
    connection: field.string(),
  },
});
const partitions = 20;
const clean = stream({ topic: 'clean', record: Play, key: 'viewer', partitions });
const dirty = stream({ topic: 'dirty', record: Play, key: 'viewer', partitions });
const startMs = Date.UTC(2025, 7, 11);
/** As a day of 2.2 million events has them. */
const msAnEvent = 86_400_000 / 2_200_000;

interface Bench {
  readonly directory: string;
  readonly effects: Effects;
  readonly log: Stream;
  readonly duck: Duck;
  readonly megabytes: number;
  readonly ndjson: string;
}

/**
 * Delivery of a backlog, from the log on (decoding included), against what packs or converts the same bytes from a file:
 * `gzip -6`, `pigz -6` where there is one, and DuckDB's own COPY. Dirty: one record in a hundred is mistyped.
 */
export async function benchDelivery(
  settings: { readonly events?: number } = {},
  effects: Effects = systemEffects(),
): Promise<readonly Figure[]> {
  const { events = 400_000 } = settings;
  const directory = await mkdtemp(join(tmpdir(), 'playhead-bench-delivery-'));
  const log = await openEmbeddedStream(join(directory, 'log'), effects);
  await mkdir(join(directory, 'temporary'));
  const temporaryDirectory = join(directory, 'temporary');
  const duck = await openDuck({ memoryBytes: 700 * 1024 ** 2, threads: availableParallelism(), temporaryDirectory });
  try {
    const ndjson = join(directory, 'plays.ndjson');
    const megabytes = (await produce(log, events, ndjson)) / 1e6;
    const bench = { directory, effects, log, duck, megabytes, ndjson };
    const toGzip = await deliver(bench, 'gzip', clean.topic, json({ compression: 'gzip' }));
    const toJson = await deliver(bench, 'none', clean.topic, json());
    const toParquet = await deliver(bench, 'parquet', clean.topic, parquet());
    const dirtyParquet = await deliver(bench, 'dirty', dirty.topic, parquet());
    const copied = await duckCopy(bench);
    const packers = await Promise.all(['gzip', 'pigz'].filter(isInstalled).map((packer) => packed(bench, packer)));
    return [
      rate('delivery to gzip JSON', toGzip),
      ...packers.flatMap(({ packer, megabytesPerS }) => [
        rate(`${packer} -6 of the same bytes`, megabytesPerS),
        ratio(`delivery to gzip JSON / ${packer} -6`, toGzip / megabytesPerS),
      ]),
      rate('delivery to JSON, not packed', toJson),
      rate('delivery to Parquet', toParquet),
      rate('DuckDB COPY of the same NDJSON to Parquet', copied),
      { ...ratio('delivery to Parquet / DuckDB COPY', toParquet / copied), target: 0.7 },
      rate('delivery to Parquet, 1 % mistyped', dirtyParquet),
    ];
  } finally {
    await Promise.all([log.close(), duck.close()]);
    await rm(directory, { recursive: true, force: true });
  }
}

/** The same events into both topics (in the dirty one some are mistyped) and into an NDJSON file. Returns its size. */
async function produce(log: Stream, events: number, ndjson: string): Promise<number> {
  const random = seededRandom(42);
  const file = await open(ndjson, 'w');
  let bytes = 0;
  for (const { topic, retentionMs, cleanup } of [clean, dirty]) {
    await log.ensureTopic({ topic, partitions, retentionMs, cleanup });
  }
  const settings = { lineFramed: true, checkedObjects: true, keyed: true, capacityBytes: 8 * 1024 ** 2 };
  for (let first = 0; first < events; first += 8000) {
    const [good, spoilt] = [new BatchBuilder(settings), new BatchBuilder(settings)];
    for (let n = first; n < Math.min(first + 8000, events); n += 1) {
      const { line, viewer } = play(random, n);
      const arrivalMs = Math.floor(startMs + n * msAnEvent);
      good.add(Buffer.from(line), arrivalMs, Buffer.from(viewer));
      spoilt.add(
        Buffer.from(n % 100 === 0 ? line.replace('"stalls":', '"stalls":0.') : line),
        arrivalMs,
        Buffer.from(viewer),
      );
    }
    const batch = good.take();
    bytes += batch.values.length;
    await file.writeFile(batch.values);
    await log.append({ topic: clean.topic, source: 'bench', firstSequence: BigInt(first), batch });
    await log.append({ topic: dirty.topic, source: 'bench', firstSequence: BigInt(first), batch: spoilt.take() });
  }
  await file.close();
  return bytes;
}

/** MB/s of a drain into a lake of its own. Parquet's buffer is Firehose's least for conversion, 64 MiB. */
async function deliver(bench: Bench, name: string, topic: string, format: DeliveryFormat): Promise<number> {
  const { directory, effects, log, duck, megabytes } = bench;
  const lake = await openFileStore(join(directory, name), effects);
  const catalog = await openSqliteCatalog(join(directory, `${name}.sqlite`), effects);
  const definition = delivery({
    from: 'bench.plays',
    prefix: 'plays/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/',
    buffer:
      format.format === 'json'
        ? { size: 5 * 1024 ** 2, interval: 60_000 }
        : { size: 64 * 1024 ** 2, interval: 900_000 },
    format,
  });
  const subject = { address: `bench.${name}`, definition, stream: { ...clean, topic } };
  const ports = { lake, stream: log, catalog, duck: async () => duck, memoryBytes: 320 * 1024 ** 2 };
  const beganMs = effects.clock.monotonicMs();
  await openDelivery(subject, ports, effects).drain();
  const elapsedMs = effects.clock.monotonicMs() - beganMs;
  await Promise.all([lake.close(), catalog.close()]);
  return megabytes / (elapsedMs / 1000);
}

async function duckCopy({ directory, effects, duck, megabytes, ndjson }: Bench): Promise<number> {
  const columns = duckColumns(Play).map(({ name, type }) => `${sqlIdentifier(name)}: ${sqlString(type)}`);
  await using session = await duck.connect();
  const beganMs = effects.clock.monotonicMs();
  await session.run(
    `COPY (SELECT * FROM read_json(${sqlString(ndjson)}, format = 'newline_delimited', columns = {${columns.join(', ')}}))
     TO ${sqlString(join(directory, 'copied.parquet'))} (FORMAT parquet, COMPRESSION snappy)`,
  );
  return megabytes / ((effects.clock.monotonicMs() - beganMs) / 1000);
}

async function packed({ effects, megabytes, ndjson }: Bench, packer: string) {
  const beganMs = effects.clock.monotonicMs();
  execFileSync(packer, ['-6', '-k', '-f', ndjson]);
  return { packer, megabytesPerS: megabytes / ((effects.clock.monotonicMs() - beganMs) / 1000) };
}

function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

function play(random: Random, n: number): { line: string; viewer: string } {
  const viewer = `viewer-${hex(random)}`;
  const line = JSON.stringify({
    id: `play-${hex(random)}${hex(random)}`,
    viewer,
    title: `title-${hex(random)}`,
    session: `session-${hex(random)}`,
    kind: oneOf(random, ['start', 'stop', 'pause', 'resume', 'complete']),
    at: new Date(startMs + n * msAnEvent).toISOString(),
    watched_seconds: random.uint32() % 5000,
    position_seconds: random.uint32() % 5000,
    completion: Math.round(random.float() * 10_000) / 100,
    device: oneOf(random, ['mobile', 'web', 'tv', 'tablet']),
    system: oneOf(random, ['iOS', 'Android', 'Windows', 'macOS', 'Roku OS', 'Fire TV']),
    version: `${random.uint32() % 6}.${random.uint32() % 10}.${random.uint32() % 100}`,
    quality: oneOf(random, ['SD', 'HD', '4K']),
    megabits: Math.round(random.float() * 3000) / 100,
    stalls: random.uint32() % 3,
    stalled_seconds: random.uint32() % 20,
    errors: random.uint32() % 2,
    address: `192.0.2.${random.uint32() % 256}`,
    country: oneOf(random, ['United States', 'Germany', 'Japan', 'Brazil']),
    state: oneOf(random, ['California', 'Bavaria', 'Tokyo', 'Bahia']),
    city: oneOf(random, ['San Diego', 'Munich', 'Shibuya', 'Salvador']),
    provider: oneOf(random, ['Cable One', 'Telecom', 'Fibre West']),
    connection: oneOf(random, ['wifi', 'mobile', 'fiber', 'cable']),
  });
  return { line: `${line}\n`, viewer };
}

function hex(random: Random): string {
  return random.uint32().toString(16).padStart(8, '0');
}

function oneOf(random: Random, values: readonly string[]): string {
  return values[random.uint32() % values.length] ?? '';
}

function rate(name: string, megabytesPerS: number): Figure {
  return { name, value: megabytesPerS, unit: 'MB/s', better: 'higher' };
}

function ratio(name: string, value: number): Figure {
  return { name, value, unit: '×', better: 'higher' };
}
