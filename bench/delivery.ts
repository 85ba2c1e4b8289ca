import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Effects, systemEffects } from '../src/base/effects.ts';
import { openSqliteCatalog } from '../src/catalog/sqlite.ts';
import { type DeliveryFormat, delivery, json, parquet } from '../src/delivery/definition.ts';
import { openDelivery } from '../src/delivery/delivery.ts';
import { type Duck, openDuck, sqlIdentifier, sqlString } from '../src/duck/duck.ts';
import { openFileStore } from '../src/lake/file.ts';
import { duckColumns } from '../src/record/columns.ts';
import { openEmbeddedStream } from '../src/stream/embedded/open.ts';
import type { Stream } from '../src/stream/stream.ts';
import { clean, dirty, Play, produce } from './delivery-plays.ts';
import type { Figure } from './figure.ts';

interface Bench {
  readonly directory: string;
  readonly effects: Effects;
  readonly log: Stream;
  /** As the engine's: one thread, of little memory. */
  readonly converter: Duck;
  readonly ndjson: string;
}

/** What a piece of work took: by the clock, and of all cores of this process together (none for a program of its own). */
interface Taken {
  readonly wallS: number;
  readonly cpuS: number;
}

/** Everything once a round, in turn, so that a machine that grows slower does so for all; figures are medians over the rounds. */
const rounds = 3;

/**
 * Delivery of a backlog, from the log on (decoding included), against what packs or converts the same bytes from a file:
 * `gzip -6`, `pigz -6` where there is one, and DuckDB's own COPY. A ratio is the peer's time by the clock over ours in the same
 * round: 1 is as fast as the peer. Dirty: one record in a hundred is mistyped, which COPY would round, so that its peer is the
 * COPY of the clean ones.
 */
export async function benchDelivery(
  settings: { readonly events?: number } = {},
  effects: Effects = systemEffects(),
): Promise<readonly Figure[]> {
  const { events = 400_000 } = settings;
  const directory = await mkdtemp(join(tmpdir(), 'playhead-bench-delivery-'));
  const log = await openEmbeddedStream(join(directory, 'log'), effects);
  const duckOf = async (name: string, threads: number, memoryMiB: number): Promise<Duck> => {
    const temporaryDirectory = join(directory, name);
    await mkdir(temporaryDirectory);
    return openDuck({ memoryBytes: memoryMiB * 1024 ** 2, threads, temporaryDirectory });
  };
  const converter = await duckOf('converter', 1, 256);
  const duck = await duckOf('duck', availableParallelism(), 700);
  const oneThread = await duckOf('one-thread', 1, 700);
  try {
    const ndjson = join(directory, 'plays.ndjson');
    const megabytes = (await produce(log, events, ndjson)) / 1e6;
    const bench = { directory, effects, log, converter, ndjson };
    const works: Record<string, () => Promise<Taken>> = {
      toGzip: () => deliver(bench, clean.topic, json({ compression: 'gzip' })),
      ...Object.fromEntries(packers().map((packer) => [packer, () => packed(bench, packer)])),
      toJson: () => deliver(bench, clean.topic, json()),
      toParquet: () => deliver(bench, clean.topic, parquet()),
      copy: () => duckCopy(bench, duck),
      dirtyToParquet: () => deliver(bench, dirty.topic, parquet()),
      copyAlone: () => duckCopy(bench, oneThread),
    };
    const taken: Record<string, Taken>[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const each: Record<string, Taken> = {};
      for (const [name, work] of Object.entries(works)) each[name] = await work();
      taken.push(each);
    }
    return figuresOf(taken, megabytes);
  } finally {
    await Promise.all([log, converter, duck, oneThread].map((each) => each.close()));
    await rm(directory, { recursive: true, force: true });
  }
}

function figuresOf(taken: readonly Record<string, Taken>[], megabytes: number): Figure[] {
  const of = (name: string, unit: keyof Taken): number[] => taken.map((each) => each[name]?.[unit] ?? Number.NaN);
  const rate = (name: string, work: string): Figure[] => [
    { name, value: megabytes / median(of(work, 'wallS')), unit: 'MB/s', better: 'higher' },
  ];
  const cpu = (name: string, work: string): Figure[] => [
    { name: `${name}, CPU`, value: median(of(work, 'cpuS')), unit: 's', better: 'lower' },
  ];
  const ratio = (name: string, ours: string, peer: string, unit: keyof Taken = 'wallS'): Figure => {
    const own = of(ours, unit);
    return { name, value: median(of(peer, unit).map((s, i) => s / (own[i] ?? 0))), unit: '×', better: 'higher' };
  };
  return [
    ...rate('delivery to gzip JSON', 'toGzip'),
    ...cpu('delivery to gzip JSON', 'toGzip'),
    ...packers().flatMap((packer) => [
      ...rate(`${packer} -6 of the same bytes`, packer),
      ratio(`delivery to gzip JSON / ${packer} -6`, 'toGzip', packer),
    ]),
    ...rate('delivery to JSON, not packed', 'toJson'),
    ...rate('delivery to Parquet', 'toParquet'),
    ...cpu('delivery to Parquet', 'toParquet'),
    ...rate('DuckDB COPY of the same NDJSON to Parquet', 'copy'),
    ...cpu('DuckDB COPY', 'copy'),
    ...rate('DuckDB COPY on one thread', 'copyAlone'),
    ...cpu('DuckDB COPY on one thread', 'copyAlone'),
    { ...ratio('delivery to Parquet / DuckDB COPY', 'toParquet', 'copy'), target: 0.7 },
    ratio('delivery to Parquet / DuckDB COPY on one thread', 'toParquet', 'copyAlone'),
    ratio('CPU of DuckDB COPY / of delivery to Parquet', 'toParquet', 'copy', 'cpuS'),
    ...rate('delivery to Parquet, 1 % mistyped', 'dirtyToParquet'),
    ratio('delivery to Parquet, 1 % mistyped / DuckDB COPY', 'dirtyToParquet', 'copy'),
  ];
}

/** A drain into a lake of its own. Parquet's buffer is Firehose's least for conversion, 64 MiB. */
async function deliver(bench: Bench, topic: string, format: DeliveryFormat): Promise<Taken> {
  const { effects, log, converter } = bench;
  const home = await mkdtemp(join(bench.directory, 'lake-'));
  const lake = await openFileStore(join(home, 'lake'), effects);
  const catalog = await openSqliteCatalog(join(home, 'catalog.sqlite'), effects);
  const definition = delivery({
    from: 'bench.plays',
    prefix: 'plays/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/',
    buffer:
      format.format === 'json'
        ? { size: 5 * 1024 ** 2, interval: 60_000 }
        : { size: 64 * 1024 ** 2, interval: 900_000 },
    format,
  });
  const subject = { address: 'bench.landing', definition, stream: { ...clean, topic } };
  const ports = { lake, stream: log, catalog, duck: async () => converter, memoryBytes: 320 * 1024 ** 2 };
  try {
    return await timed(effects, () => openDelivery(subject, ports, effects).drain());
  } finally {
    await Promise.all([lake.close(), catalog.close()]);
    await rm(home, { recursive: true, force: true });
  }
}

async function duckCopy({ directory, effects, ndjson }: Bench, duck: Duck): Promise<Taken> {
  const columns = duckColumns(Play).map(({ name, type }) => `${sqlIdentifier(name)}: ${sqlString(type)}`);
  await using session = await duck.connect();
  // Awaited here: the session closes with this function.
  return await timed(effects, () =>
    session.run(
      `COPY (SELECT * FROM read_json(${sqlString(ndjson)}, format = 'newline_delimited', columns = {${columns.join(', ')}}))
       TO ${sqlString(join(directory, 'copied.parquet'))} (FORMAT parquet, COMPRESSION snappy)`,
    ),
  );
}

async function packed({ effects, ndjson }: Bench, packer: string): Promise<Taken> {
  return timed(effects, async () => {
    const { status, error } = spawnSync(packer, ['-6', '-k', '-f', ndjson]);
    if (status !== 0) throw new Error(`${packer} failed`, { cause: error });
  });
}

async function timed(effects: Effects, work: () => Promise<unknown>): Promise<Taken> {
  const beganMs = effects.clock.monotonicMs();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { wallS: (effects.clock.monotonicMs() - beganMs) / 1000, cpuS: (user + system) / 1e6 };
}

function packers(): string[] {
  return ['gzip', 'pigz'].filter((program) => spawnSync(program, ['--version']).status === 0);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
