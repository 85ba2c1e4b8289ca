import { cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Effects, manualClock, testEffects } from '../../src/base/effects.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import type { DeliveryPorts, DeliverySubject } from '../../src/delivery/bound-delivery.ts';
import { type DeliveryDefinition, delivery, json } from '../../src/delivery/definition.ts';
import { type Delivery, openDelivery } from '../../src/delivery/delivery.ts';
import { presentLanes } from '../../src/delivery/lanes.ts';
import type { CommittedObject, DeliveryCommit } from '../../src/delivery/plan.ts';
import { openDuck } from '../../src/duck/duck.ts';
import { openFileStore } from '../../src/lake/file.ts';
import { listAll, type ObjectStore, readAll } from '../../src/lake/object-store.ts';
import type { ProducedBatch } from '../../src/record/batch.ts';
import { BatchBuilder } from '../../src/record/batch-builder.ts';
import { defineRecord } from '../../src/record/define-record.ts';
import { field } from '../../src/record/field.ts';
import { type StreamDefinition, stream } from '../../src/stream/definition.ts';
import { openEmbeddedStream } from '../../src/stream/embedded/open.ts';
import type { Stream } from '../../src/stream/stream.ts';

export const Play = defineRecord('play', { version: 1, fields: { n: field.bigint(), who: field.string() } });
export const startMs = Date.UTC(2025, 7, 11, 20, 0, 0);

/** A stream, a lake and a catalog in a folder of their own, and the delivery between them. */
export interface Lakehouse {
  readonly effects: Effects;
  readonly ports: DeliveryPorts;
  readonly topic: StreamDefinition;
  subject(settings?: Partial<Parameters<typeof delivery>[0]>): DeliverySubject;
  open(settings?: Partial<Parameters<typeof delivery>[0]>, effects?: Effects, lake?: ObjectStore): Delivery;
  produce(batch: ProducedBatch): Promise<void>;
  /** The log opened once more, as another process would. */
  anotherLog(effects?: Effects): Promise<Stream>;
  /** Deletes the topic's log and makes it anew, empty; what is produced from now on goes there. */
  logAnew(): Promise<Stream>;
  /** The log opened anew, after it was copied as it is; `putBack` puts the copy in the place of what it has become since. */
  copyLog(): Promise<{ readonly stream: Stream; putBack(): Promise<Stream> }>;
  commits(): Promise<DeliveryCommit[]>;
  keys(prefix: string): Promise<string[]>;
  read(key: string): Promise<string>;
  close(): Promise<void>;
}

export async function openLakehouse(settings: { partitions?: number } = {}): Promise<Lakehouse> {
  const root = await mkdtemp(join(tmpdir(), 'playhead-delivery-'));
  const effects = testEffects({ clock: manualClock(startMs) });
  await mkdir(join(root, 'temporary'));
  const lake = await openFileStore(join(root, 'lake'), effects);
  let log = await openEmbeddedStream(join(root, 'log'), effects);
  const catalog = await openSqliteCatalog(join(root, 'catalog.sqlite'), effects);
  let duck: ReturnType<typeof openDuck> | undefined;
  const ports: DeliveryPorts = {
    lake,
    stream: log,
    catalog,
    duck: () => {
      duck ??= openDuck({ memoryBytes: 256 * 1024 ** 2, threads: 1, temporaryDirectory: join(root, 'temporary') });
      return duck;
    },
  };
  const topic = stream({ topic: 'plays', record: Play, key: 'who', partitions: settings.partitions ?? 3 });
  const { partitions, retentionMs, cleanup } = topic;
  await log.ensureTopic({ topic: topic.topic, partitions, retentionMs, cleanup });
  let sequence = 0n;
  const subject: Lakehouse['subject'] = (overrides = {}) => ({
    address: 'media.landing',
    stream: topic,
    definition: landing(overrides),
  });
  return {
    effects,
    ports,
    topic,
    subject,
    open: (overrides, other = effects, store = lake) =>
      openDelivery(subject(overrides), { ...ports, lake: store }, other),
    produce: async (batch) => {
      await log.append({ topic: topic.topic, source: 'test', firstSequence: sequence, batch });
      sequence += BigInt(batch.count);
    },
    anotherLog: (other = effects) => openEmbeddedStream(join(root, 'log'), other),
    logAnew: async () => {
      await log.close();
      await rm(join(root, 'log'), { recursive: true });
      log = await openEmbeddedStream(join(root, 'log'), effects);
      await log.ensureTopic({ topic: topic.topic, partitions, retentionMs, cleanup });
      return log;
    },
    copyLog: async () => {
      const reopened = async (): Promise<Stream> => {
        log = await openEmbeddedStream(join(root, 'log'), effects);
        return log;
      };
      await log.close();
      await cp(join(root, 'log'), join(root, 'copy'), { recursive: true });
      return {
        stream: await reopened(),
        putBack: async () => {
          await log.close();
          await rm(join(root, 'log'), { recursive: true });
          await rename(join(root, 'copy'), join(root, 'log'));
          return reopened();
        },
      };
    },
    commits: async () => {
      const all: DeliveryCommit[] = [];
      for (const { series } of await presentLanes(lake, 'media.landing', effects)) {
        for await (const { commit } of series.commits(0)) all.push(commit);
      }
      return all;
    },
    keys: async (prefix) => {
      const keys: string[] = [];
      for await (const { key } of listAll(lake, prefix)) keys.push(key);
      return keys;
    },
    read: async (key) => {
      const { bytes } = await readAll(lake, key);
      return (key.endsWith('.gz') ? gunzipSync(bytes) : Buffer.from(bytes)).toString();
    },
    close: async () => {
      await Promise.all([lake.close(), log.close(), catalog.close(), duck?.then((open) => open.close())]);
      await rm(root, { recursive: true, force: true });
    },
  };
}

function landing(overrides: Partial<Parameters<typeof delivery>[0]> = {}): DeliveryDefinition {
  return delivery({
    from: 'media.plays',
    prefix: 'plays/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/',
    buffer: { size: 64 * 1024, interval: 60_000 },
    format: json({ compression: 'gzip' }),
    ...overrides,
  });
}

/** Records `{"n":from}` … one every `everyMs` of arrival. */
export function plays(from: number, to: number, everyMs = 1000, firstMs = startMs): ProducedBatch {
  const builder = new BatchBuilder({ lineFramed: true, checkedObjects: true, keyed: true });
  for (let n = from; n < to; n += 1) {
    const who = `viewer-${n % 7}`;
    const value = Buffer.from(`{"n":${n},"who":"${who}"}\n`);
    builder.add(value, firstMs + (n - from) * everyMs, Buffer.from(who));
  }
  return builder.take();
}

/** Values as some producer sent them: not checked, not framed; undefined is a tombstone. */
export function rawValues(values: readonly (string | Uint8Array | undefined)[], arrivalMs = startMs): ProducedBatch {
  const builder = new BatchBuilder({ lineFramed: false, checkedObjects: false, keyed: false });
  for (const value of values) builder.add(Buffer.from(value ?? ''), arrivalMs);
  const nulls = new Uint8Array((values.length + 7) >> 3);
  values.forEach((value, i) => {
    if (value === undefined) nulls[i >> 3] = (nulls[i >> 3] ?? 0) | (1 << (i & 7));
  });
  return { ...builder.take(), nulls };
}

/** The objects of one kind that commits name. */
export function objectsOf(
  commits: readonly DeliveryCommit[],
  kind: CommittedObject['kind'] = 'data',
): CommittedObject[] {
  return commits
    .flatMap((commit) => (commit.kind === 'flushes' ? commit.objects : []))
    .filter((object) => object.kind === kind);
}

/** Every `n` of the committed data objects, sorted. */
export async function deliveredNumbers(lakehouse: Lakehouse): Promise<number[]> {
  const lines: string[] = [];
  for (const { key } of objectsOf(await lakehouse.commits()))
    lines.push(...(await lakehouse.read(key)).trimEnd().split('\n'));
  return lines.map((line) => (JSON.parse(line) as { n: number }).n).sort((a, b) => a - b);
}
