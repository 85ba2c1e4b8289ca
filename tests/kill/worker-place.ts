import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Effects } from '../../src/base/effects.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import type { DeliveryPorts, DeliverySubject } from '../../src/delivery/bound-delivery.ts';
import { openFileStore } from '../../src/lake/file.ts';
import type { S3Settings } from '../../src/lake/s3/settings.ts';
import { openS3Store } from '../../src/lake/s3.ts';
import { openEmbeddedStream } from '../../src/stream/embedded/open.ts';
import { openKafkaStream } from '../../src/stream/kafka/open.ts';
import type { KafkaSettings } from '../../src/stream/kafka/settings.ts';
import { landing } from './small-pipeline.ts';
import { ticks } from './small-stream.ts';

/** Where the workers of a round deliver from and to, as plain JSON: each process opens it for itself. */
export interface WorkerPlace {
  /** The catalog's folder, and the log's and the lake's, where these are no servers. */
  readonly home: string;
  /** A topic of the round's own, where rounds share a broker. */
  readonly topic?: string;
  readonly kafka?: KafkaSettings;
  readonly s3?: S3Settings;
}

export interface OpenPlace {
  readonly ports: DeliveryPorts;
  close(): Promise<void>;
}

/** How long a lease outlives a worker that stands still, ms: short, for rounds wait for it. */
export const leaseTtlMs = 1000;

/** A delivery with more partitions than workers, and flushes so small that every step is reached soon. */
export function sharedLanding({ topic = ticks.topic }: WorkerPlace, lanes: number): DeliverySubject {
  const { definition, ...subject } = landing(lanes);
  const buffer = { sizeBytes: 1200, intervalMs: 100 };
  return { ...subject, stream: { ...ticks, topic, partitions: 8 }, definition: { ...definition, buffer } };
}

export async function openPlace({ home, kafka, s3 }: WorkerPlace, effects: Effects): Promise<OpenPlace> {
  await mkdir(home, { recursive: true });
  const lake =
    s3 === undefined
      ? await openFileStore(join(home, 'lake'), effects)
      : await openS3Store(s3, { folder: join(home, 'copies') }, effects);
  const stream =
    kafka === undefined
      ? await openEmbeddedStream(join(home, 'log'), effects, { segmentBytes: 4000 })
      : await openKafkaStream(kafka, effects);
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
