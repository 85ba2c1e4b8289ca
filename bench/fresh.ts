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
import type { Figure } from './figure.ts';

const Play = defineRecord('play', { fields: { n: field.bigint(), viewer: field.string(), pad: field.string() } });
const plays = stream({ topic: 'plays', record: Play, key: 'viewer', partitions: 20 });
const eventsASecond = 50_000;
const batchesASecond = 10;

/**
 * From an event to the fresh query that counts it, while 50,000 events of 600 bytes a second come in and a delivery
 * runs beside: appends at a steady rate, and query after query; each must count all that was acknowledged before it
 * began. An event that comes just after a query began waits for the next one, so the figure is the time between the
 * starts of two queries plus the second one's.
 */
export async function benchFresh(seconds = 15): Promise<Figure[]> {
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
  const landing = table({
    database: 'media',
    name: 'plays',
    record: Play,
    location: 'plays/',
    format: 'json',
    partitions: { hour: 'int' },
  });
  const definition = delivery({
    from: 'media.plays',
    prefix: 'plays/hour=!{timestamp:HH}/',
    buffer: { size: 5 * 1024 ** 2, interval: 60_000 },
    format: json({ compression: 'gzip' }),
  });
  const subject: DeliverySubject = { address: 'media.landing', definition, stream: plays, table: landing };
  const opened = openDelivery(subject, { stream: log, lake, catalog, duck: async () => duck }, effects);
  await opened.drain();
  const stop = new AbortController();
  const delivering = opened.run({ signal: stop.signal }).catch((error: unknown) => error);
  let acknowledged = 0;
  const produce = async (): Promise<void> => {
    const startMs = performance.now();
    for (let batch = 0; !stop.signal.aborted; batch += 1) {
      const count = eventsASecond / batchesASecond;
      await log.append({
        topic,
        source: 'bench',
        firstSequence: BigInt(acknowledged),
        batch: playBatch(acknowledged, count),
      });
      acknowledged += count;
      await wait(Math.max(0, startMs + ((batch + 1) * 1000) / batchesASecond - performance.now()));
    }
  };
  const producing = produce();
  const queries = openQueries(
    { catalog, lake, duck, stream: async () => log },
    { database: 'media', deliveries: [subject] },
    effects,
  );
  const starts: number[] = [];
  const ends: number[] = [];
  // A query of an empty log says nothing of how long an event takes.
  while (acknowledged === 0) await wait(10);
  const untilMs = performance.now() + seconds * 1000;
  while (performance.now() < untilMs) {
    const before = acknowledged;
    starts.push(performance.now());
    for await (const [row] of (await queries.run('SELECT count(*) FROM plays', { fresh: true })).pages)
      if (Number(row?.[0] ?? 0) < before) throw new Error(`a fresh query counted ${row?.[0]} of ${before}`);
    ends.push(performance.now());
  }
  stop.abort();
  await Promise.all([producing, delivering]);
  await queries.close();
  await Promise.all([duck.close(), catalog.close(), lake.close(), log.close()]);
  await rm(directory, { recursive: true });
  const worst = ends
    .slice(1)
    .map((end, i) => end - (starts[i] ?? 0))
    .sort((a, b) => a - b);
  const at = (share: number): number => worst[Math.min(worst.length - 1, Math.floor(worst.length * share))] ?? 0;
  return [
    { name: 'fresh: events a second that came in', value: acknowledged / seconds, unit: 'events/s', better: 'higher' },
    { name: 'fresh: event to answer, p50', value: at(0.5) / 1000, unit: 's', better: 'lower' },
    { name: 'fresh: event to answer, p99', value: at(0.99) / 1000, unit: 's', better: 'lower', target: 1 },
  ];
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
