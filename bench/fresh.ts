import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { systemEffects } from '../src/base/effects.ts';
import { table } from '../src/catalog/definition.ts';
import { openSqliteCatalog } from '../src/catalog/sqlite.ts';
import type { DeliverySubject } from '../src/delivery/bound-delivery.ts';
import { delivery, json } from '../src/delivery/definition.ts';
import { openDelivery } from '../src/delivery/delivery.ts';
import { openDuck } from '../src/duck/duck.ts';
import { openFileStore } from '../src/lake/file.ts';
import { openQueries } from '../src/query/queries.ts';
import { BatchBuilder } from '../src/record/batch-builder.ts';
import { defineRecord } from '../src/record/define-record.ts';
import { field } from '../src/record/field.ts';
import { stream } from '../src/stream/definition.ts';
import { openEmbeddedStream } from '../src/stream/embedded/open.ts';
import type { Stream } from '../src/stream/stream.ts';
import type { Figure } from './figure.ts';

const Play = defineRecord('play', { fields: { n: field.bigint(), viewer: field.string(), pad: field.string() } });
const plays = stream({ topic: 'plays', record: Play, key: 'viewer', partitions: 20 });
const eventsASecond = 50_000;
const batchesASecond = 10;

const landing = table({
  database: 'media',
  name: 'plays',
  record: Play,
  location: 'plays/',
  format: 'json',
  partitions: { hour: 'int' },
});
const toLanding = delivery({
  from: 'media.plays',
  prefix: 'plays/hour=!{timestamp:HH}/',
  buffer: { size: 5 * 1024 ** 2, interval: 60_000 },
  format: json({ compression: 'gzip' }),
});

/**
 * From an event to the fresh query that counts it, while 50,000 events of 600 bytes a second come in and a delivery
 * runs beside: appends at a steady rate, and query after query of one session; each must count all that was acknowledged
 * before it began. An event that comes just after a query began waits for the next one, so the figure is the time between
 * the starts of two queries plus the second one's. The session's first query is apart, before any event: it loads the SQL
 * front end and DuckDB, and finds nothing to read.
 */
export async function benchFresh(seconds = 15): Promise<Figure[]> {
  await using bench = await openBench();
  const stop = new AbortController();
  const openedMs = performance.now();
  await bench.count();
  const firstMs = performance.now() - openedMs;
  const cpuBefore = process.cpuUsage();
  const delivering = bench.deliver(stop.signal);
  const producing = produceSteadily(bench.log, stop.signal);
  // A query of an empty log says nothing of how long an event takes.
  while (producing.acknowledged === 0) await wait(10);
  const [starts, ends]: [number[], number[]] = [[], []];
  const untilMs = performance.now() + seconds * 1000;
  while (performance.now() < untilMs) {
    const before = producing.acknowledged;
    starts.push(performance.now());
    const counted = await bench.count();
    if (counted < before) throw new Error(`a fresh query counted ${counted} of ${before}`);
    ends.push(performance.now());
  }
  stop.abort();
  await Promise.all([producing.done, delivering]);
  const cpu = process.cpuUsage(cpuBefore);
  const worst = ends
    .slice(1)
    .map((end, i) => end - (starts[i] ?? 0))
    .sort((a, b) => a - b);
  const at = (share: number): number => worst[Math.min(worst.length - 1, Math.floor(worst.length * share))] ?? 0;
  const rate = producing.acknowledged / seconds;
  return [
    { name: 'fresh: first query of a session', value: firstMs / 1000, unit: 's', better: 'lower' },
    { name: 'fresh: events a second that came in', value: rate, unit: 'events/s', better: 'higher' },
    { name: 'fresh: queries', value: ends.length, unit: '', better: 'higher' },
    { name: 'fresh: CPU of all, load included', value: (cpu.user + cpu.system) / 1e6, unit: 's', better: 'lower' },
    { name: 'fresh: event to answer, p50', value: at(0.5) / 1000, unit: 's', better: 'lower' },
    { name: 'fresh: event to answer, p99', value: at(0.99) / 1000, unit: 's', better: 'lower', target: 1 },
  ];
}

interface Bench extends AsyncDisposable {
  readonly log: Stream;
  deliver(signal: AbortSignal): Promise<unknown>;
  /** Of all events, by a fresh query. */
  count(): Promise<number>;
}

/** A log, a delivery to GZIP JSON and queries, in a folder of their own. */
async function openBench(): Promise<Bench> {
  const directory = await mkdtemp(join(tmpdir(), 'playhead-bench-fresh-'));
  const effects = systemEffects();
  await mkdir(join(directory, 'temporary'));
  const lake = await openFileStore(join(directory, 'lake'), effects);
  const catalog = await openSqliteCatalog(join(directory, 'catalog.sqlite'), effects);
  const log = await openEmbeddedStream(join(directory, 'log'), effects);
  const duck = await openDuck({
    memoryBytes: 512 * 1024 ** 2,
    threads: availableParallelism(),
    temporaryDirectory: join(directory, 'temporary'),
  });
  const { topic, partitions, retentionMs, cleanup } = plays;
  await log.ensureTopic({ topic, partitions, retentionMs, cleanup });
  const subject: DeliverySubject = { address: 'media.landing', definition: toLanding, stream: plays, table: landing };
  const opened = openDelivery(subject, { stream: log, lake, catalog, duck: async () => duck }, effects);
  await opened.drain();
  const ports = { catalog, lake, duck, stream: async () => log };
  const queries = openQueries(ports, { database: 'media', deliveries: [subject] }, effects);
  return {
    log,
    deliver: (signal) => opened.run({ signal }).catch((error: unknown) => error),
    count: async () => {
      let counted = 0;
      for await (const [row] of (await queries.run('SELECT count(*) FROM plays', { fresh: true })).pages)
        counted = Number(row?.[0] ?? 0);
      return counted;
    },
    [Symbol.asyncDispose]: async () => {
      await queries.close();
      await Promise.all([duck.close(), catalog.close(), lake.close(), log.close()]);
      await rm(directory, { recursive: true });
    },
  };
}

/** Appends at a steady rate until the signal aborts. */
function produceSteadily(
  log: Stream,
  signal: AbortSignal,
): { readonly acknowledged: number; readonly done: Promise<void> } {
  const startMs = performance.now();
  const count = eventsASecond / batchesASecond;
  const produce = async (): Promise<void> => {
    for (let batch = 0; !signal.aborted; batch += 1) {
      const first = producing.acknowledged;
      const request = { topic: plays.topic, source: 'bench', firstSequence: BigInt(first) };
      await log.append({ ...request, batch: playBatch(first, count) });
      producing.acknowledged += count;
      await wait(Math.max(0, startMs + ((batch + 1) * 1000) / batchesASecond - performance.now()));
    }
  };
  const producing = { acknowledged: 0, done: Promise.resolve() };
  producing.done = produce();
  return producing;
}

function playBatch(from: number, count: number): ReturnType<BatchBuilder['take']> {
  const builder = new BatchBuilder({ lineFramed: true, checkedObjects: true, keyed: true });
  const pad = 'x'.repeat(550);
  const now = Date.now();
  for (let n = from; n < from + count; n += 1) {
    const viewer = `viewer-${n % 1000}`;
    builder.add(Buffer.from(`{"n":${n},"viewer":"${viewer}","pad":"${pad}"}\n`), now, Buffer.from(viewer));
  }
  return builder.take();
}
