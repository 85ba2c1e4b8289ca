import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Effects } from '../../src/base/effects.ts';
import { table } from '../../src/catalog/definition.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import type { DeliveryOptions, DeliveryPorts, DeliverySubject } from '../../src/delivery/bound-delivery.ts';
import { deliveryContributors } from '../../src/delivery/contributors.ts';
import { delivery, json } from '../../src/delivery/definition.ts';
import { openDelivery } from '../../src/delivery/delivery.ts';
import { openDeliverySeries } from '../../src/delivery/lanes.ts';
import { type CommittedObject, objectsIn } from '../../src/delivery/plan.ts';
import { deliveryState } from '../../src/delivery/state.ts';
import { openFileStore } from '../../src/lake/file.ts';
import { listAll, type ObjectStore, readAll } from '../../src/lake/object-store.ts';
import { openEmbeddedStream } from '../../src/stream/embedded/open.ts';
import { Tick, ticks } from './small-stream.ts';
import { writeTicks } from './small-ticks.ts';

export const address = 'kill.landing';

export const landingTable = table({
  database: 'kill',
  name: 'landing',
  record: Tick,
  location: 'landing/',
  format: 'json',
  partitions: { hour: 'int' },
});

/** The delivery of the small pipeline, over so many lanes. */
export function landing(lanes: number): DeliverySubject {
  return {
    address,
    stream: ticks,
    definition: delivery({
      from: 'kill.ticks',
      table: 'kill.landing',
      prefix: 'landing/hour=!{timestamp:HH}/',
      buffer: { size: 4800, interval: 600_000 },
      format: json({ compression: 'gzip' }),
      lanes,
    }),
    table: landingTable,
  };
}

export interface SmallPipeline {
  readonly ports: DeliveryPorts;
  /** The log writer: appends ticks up to `total` from where the log says that it stands. */
  produce(total: number): Promise<void>;
  deliver(lanes: number, options?: DeliveryOptions): Promise<void>;
  /** Takes out of the log what is delivered. */
  trim(lanes: number): Promise<void>;
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
  const log = await openEmbeddedStream(join(home, 'log'), effects, { segmentBytes: 4000 });
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
    produce: (total) => writeTicks(log, total),
    deliver: async (lanes, options) => {
      await openDelivery(landing(lanes), ports, effects).drain(options);
    },
    trim: async (lanes) => {
      const { positions } = await deliveryState(landing(lanes), { lake, stream: log }, effects);
      const below = Array.from({ length: partitions }, (_, partition) => positions.get(partition) ?? 0n);
      await log.trim(topic, below, Number.MAX_SAFE_INTEGER);
    },
    close: async () => {
      await Promise.all([lake.close(), log.close(), catalog.close()]);
    },
  };
}

/**
 * The records that the lake holds, sound or broken, from the objects that commits name, as lines in byte order. Throws
 * where the lake holds other objects than those, or the catalog names others.
 */
export async function readLanding(
  { lake, catalog }: DeliveryPorts,
  effects: Effects,
): Promise<{ sound: string[]; broken: string[] }> {
  const named: CommittedObject[] = [];
  for (const { series } of await deliveryContributors(lake, address, landingTable)) {
    for await (const { commit } of openDeliverySeries(lake, series, effects).commits(0))
      named.push(...objectsIn(commit));
  }
  const listed: string[] = [];
  for (const prefix of ['landing/', 'errors/'])
    for await (const { key, etag } of listAll(lake, prefix)) listed.push(`${key} ${etag}`);
  const names = new Set(named.map(({ key, etag }) => `${key} ${etag}`));
  const orphans = listed.filter((name) => !names.has(name));
  if (orphans.length > 0) throw new Error(`objects that no commit names: ${orphans.join(', ')}`);
  const registered = (await catalog.objects('kill', 'landing')).map(({ key, etag }) => `${key} ${etag}`);
  const data = named.filter(({ kind }) => kind === 'data').map(({ key, etag }) => `${key} ${etag}`);
  if (registered.sort().join() !== data.sort().join())
    throw new Error('the catalog names other objects than the commits');
  const lines = { sound: [] as string[], broken: [] as string[] };
  for (const object of named) lines[object.kind === 'data' ? 'sound' : 'broken'].push(...(await linesOf(lake, object)));
  return { sound: lines.sound.sort(), broken: lines.broken.sort() };
}

async function linesOf(lake: ObjectStore, { key, kind, rows }: CommittedObject): Promise<readonly string[]> {
  const { bytes } = await readAll(lake, key);
  const text = Buffer.from(kind === 'data' ? gunzipSync(bytes) : bytes).toString('latin1');
  const lines = text.split('\n').slice(0, -1);
  if (lines.length !== rows) throw new Error(`${key} has ${lines.length} lines, its commit says ${rows}`);
  if (kind === 'data') return lines;
  return lines.map((line) => Buffer.from(JSON.parse(line).rawData, 'base64').toString('latin1'));
}
