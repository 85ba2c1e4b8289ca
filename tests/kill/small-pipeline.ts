import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Effects } from '../../src/base/effects.ts';
import { table } from '../../src/catalog/definition.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { delivery, json } from '../../src/delivery/definition.ts';
import {
  type DeliveryOptions,
  type DeliveryPorts,
  type DeliverySubject,
  openDelivery,
} from '../../src/delivery/delivery.ts';
import { presentLanes } from '../../src/delivery/lanes.ts';
import { type CommittedObject, objectsIn } from '../../src/delivery/plan.ts';
import { openFileStore } from '../../src/lake/file.ts';
import { listAll, type ObjectStore, readAll } from '../../src/lake/object-store.ts';
import { BatchBuilder } from '../../src/record/batch-builder.ts';
import { defineRecord } from '../../src/record/define-record.ts';
import { field } from '../../src/record/field.ts';
import { stream } from '../../src/stream/definition.ts';
import { openEmbeddedStream } from '../../src/stream/embedded/open.ts';

/** A stream, a delivery and a table, so small that every step of them is reached several times in a few hundred records. */
export const Tick = defineRecord('tick', { fields: { n: field.int(), at: field.string({ format: 'iso-timestamp' }) } });
const ticks = stream({ topic: 'ticks', record: Tick, partitions: 3 });
const source = 'clock';
const address = 'kill.landing';

/** Event and arrival time of record n: some hundred records fall into three hours. */
export function tickAt(n: number): string {
  return new Date(Date.UTC(2025, 7, 11, 20, 30) + n * 10_000).toISOString();
}

/** Record n is broken JSON: it belongs to the error prefix, not to the table. */
export function isBroken(n: number): boolean {
  return n % 10 === 9;
}

export const landingTable = table({
  database: 'kill',
  name: 'landing',
  record: Tick,
  location: 'landing/',
  format: 'json',
  partitions: { hour: 'int' },
});

export const landing: DeliverySubject = {
  address,
  stream: ticks,
  definition: delivery({
    from: 'kill.ticks',
    table: 'kill.landing',
    prefix: 'landing/hour=!{timestamp:HH}/',
    buffer: { size: 4800, interval: 600_000 },
    format: json({ compression: 'gzip' }),
  }),
  table: landingTable,
};

export interface SmallPipeline {
  readonly ports: DeliveryPorts;
  /** Appends records up to `total` from where the log says that the source stands. Every tenth is broken JSON. */
  produce(total: number): Promise<void>;
  deliver(options?: DeliveryOptions): Promise<void>;
  close(): Promise<void>;
}

/** Opens the pipeline in a directory that several processes may share. `lakeOf` may stand between it and the store. */
export async function openSmallPipeline(
  home: string,
  effects: Effects,
  lakeOf: (lake: ObjectStore) => ObjectStore = (lake) => lake,
): Promise<SmallPipeline> {
  await mkdir(home, { recursive: true });
  const lake = lakeOf(await openFileStore(join(home, 'lake'), effects));
  const log = await openEmbeddedStream(join(home, 'log'), effects, { segmentBytes: 16_000 });
  const catalog = await openSqliteCatalog(join(home, 'catalog.sqlite'), effects);
  const duck = (): never => {
    throw new Error('JSON is delivered without DuckDB');
  };
  // So little memory that a backlog takes several plans.
  const ports = { lake, stream: log, catalog, duck, memoryBytes: 16_000 };
  const { topic, partitions, retentionMs, cleanup } = ticks;
  await log.ensureTopic({ topic, partitions, retentionMs, cleanup });
  return {
    ports,
    produce: async (total) => {
      const stands = await log.lastSequence(topic, source);
      for (let next = Number(stands ?? -1n) + 1; next < total; next += 25) {
        const batch = tickBatch(next, Math.min(next + 25, total));
        await log.append({ topic, source, firstSequence: BigInt(next), batch });
      }
    },
    deliver: async (options) => {
      await openDelivery(landing, ports, effects).drain(options);
    },
    close: async () => {
      await Promise.all([lake.close(), log.close(), catalog.close()]);
    },
  };
}

/** Numbers of the records that the lake holds, from the objects that commits name. Throws where the lake holds others. */
export async function readLanding({ lake, catalog }: DeliveryPorts, effects: Effects): Promise<number[]> {
  const named: CommittedObject[] = [];
  for (const { series } of await presentLanes(lake, address, effects)) {
    for await (const { commit } of series.commits(0)) named.push(...objectsIn(commit));
  }
  const listed: string[] = [];
  for (const prefix of ['landing/', 'errors/']) for await (const { key } of listAll(lake, prefix)) listed.push(key);
  const names = new Set(named.map(({ key }) => key));
  const orphans = listed.filter((key) => !names.has(key));
  if (orphans.length > 0) throw new Error(`objects that no commit names: ${orphans.join(', ')}`);
  const registered = (await catalog.objects('kill', 'landing')).map(({ key }) => key);
  const data = named.filter(({ kind }) => kind === 'data').map(({ key }) => key);
  if (registered.sort().join() !== data.sort().join())
    throw new Error('the catalog names other objects than the commits');
  const numbers: number[] = [];
  for (const object of named) numbers.push(...(await numbersIn(lake, object)));
  return numbers.sort((a, b) => a - b);
}

async function numbersIn(lake: ObjectStore, { key, kind, rows }: CommittedObject): Promise<number[]> {
  const { bytes } = await readAll(lake, key);
  const text = (kind === 'data' ? gunzipSync(bytes) : Buffer.from(bytes)).toString();
  const lines = text.trimEnd().split('\n');
  if (lines.length !== rows) throw new Error(`${key} has ${lines.length} lines, its commit says ${rows}`);
  const raw =
    kind === 'error' ? lines.map((line) => Buffer.from(JSON.parse(line).rawData, 'base64').toString()) : lines;
  return raw.map((line) => Number(/\d+/.exec(line)?.[0]));
}

function tickBatch(from: number, to: number) {
  const builder = new BatchBuilder({ lineFramed: true, checkedObjects: false, keyed: false });
  for (let n = from; n < to; n += 1) {
    const tick = JSON.stringify({ n, at: tickAt(n) });
    const value = isBroken(n) ? tick.slice(0, -1) : tick;
    builder.add(Buffer.from(`${value}\n`), Date.parse(tickAt(n)));
  }
  return builder.take();
}
