import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Effects } from '../../src/base/effects.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import type { DeliveryPorts, DeliverySubject } from '../../src/delivery/bound-delivery.ts';
import { openFileStore } from '../../src/lake/file.ts';
import { openEmbeddedStream } from '../../src/stream/embedded/open.ts';
import { landing } from './small-pipeline.ts';
import { ticks } from './small-stream.ts';

/** Where the workers of a round deliver from and to, as plain JSON: each process opens it for itself. */
export interface WorkerPlace {
  /** The catalog's folder, and the log's and the lake's, where these are no servers. */
  readonly home: string;
}

export interface OpenPlace {
  readonly ports: DeliveryPorts;
  close(): Promise<void>;
}

/** How long a lease outlives a worker that stands still, ms: short, for rounds wait for it. */
export const leaseTtlMs = 1000;

/** A delivery with more partitions than workers, and flushes so small that every step is reached soon. */
export function sharedLanding(lanes: number): DeliverySubject {
  const { definition, ...subject } = landing(lanes);
  const buffer = { sizeBytes: 1200, intervalMs: 100 };
  return { ...subject, stream: { ...ticks, partitions: 8 }, definition: { ...definition, buffer } };
}

export async function openPlace({ home }: WorkerPlace, effects: Effects): Promise<OpenPlace> {
  await mkdir(home, { recursive: true });
  const lake = await openFileStore(join(home, 'lake'), effects);
  const stream = await openEmbeddedStream(join(home, 'log'), effects, { segmentBytes: 4000 });
  const catalog = await openSqliteCatalog(join(home, 'catalog.sqlite'), effects);
  const duck = (): never => {
    throw new Error('JSON is delivered without DuckDB');
  };
  return {
    // So little memory that a backlog takes several plans.
    ports: { lake, stream, catalog, duck, memoryBytes: 16_000 },
    close: async () => {
      await Promise.all([lake.close(), stream.close(), catalog.close()]);
    },
  };
}
