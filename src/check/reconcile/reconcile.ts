import { join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import { suggestion } from '../../base/nearest.ts';
import type { ObjectInfo, ObjectStore } from '../../lake/object-store.ts';
import type { EpochUnit } from '../../record/epoch.ts';
import type { Stream, TopicState } from '../../stream/stream.ts';
import { type Comparing, compareBucket } from './compare-bucket.ts';
import { type Counts, Findings, type Sample } from './findings.ts';
import { dataObjects, type ObjectSide, type ObjectSidePorts, objectSide } from './object-side.ts';
import type { CompareRules } from './payload.ts';
import { keyReader } from './record-key.ts';
import type { Container, SideBatch } from './side.ts';
import { buckets, openSpill, type Spill, type SpilledRow } from './spill.ts';
import { topicSide } from './topic-side.ts';

/** What is taken for the stream: a topic, or files that hold what was sent. */
export type StreamSide =
  | { readonly kind: 'topic'; readonly stream: Stream; readonly topic: string }
  | { readonly kind: 'objects'; readonly objects: readonly ObjectSide[] };

export interface ReconcileSettings extends CompareRules {
  /** The fields that tell a record from others, one or more; `a.b` for a field within one. */
  readonly key: readonly string[];
  /** The field that holds a record's time; without one it is the arrival, or the hour that folders name. */
  readonly time?: { readonly field: string; readonly unit: EpochUnit };
  /** Only records of this time are counted, ms since 1970 UTC; `toMs` is not included. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Samples of each kind, at most. */
  readonly samples: number;
  readonly signal: AbortSignal;
  /** Rows of both sides that are compared at once, as they lie in memory; default 64 MiB. A larger part is parted again. */
  readonly bucketBytes?: number;
  readonly onProgress?: (progress: ReconcileProgress) => void;
}

export interface ReconcileProgress {
  readonly doing: 'stream' | 'lake' | 'comparing';
  /** Records that were read; of `comparing`, the share that is done. */
  readonly done: number;
}

export interface Reconciliation {
  readonly counts: Readonly<Counts>;
  readonly byHour: readonly { readonly hourMs?: number; readonly counts: Readonly<Counts> }[];
  readonly alteredFields: readonly { readonly field: string; readonly records: number }[];
  readonly samples: readonly Sample[];
  readonly objects: number;
  /** Records without the key, which were compared by their bytes. */
  readonly withoutKey: { readonly stream: number; readonly lake: number };
  /** Records that the topic held once, and that retention took: the lake may have them, and they count as extra. */
  readonly trimmed: number;
}

const defaultBucketBytes = 64 * 1024 ** 2;
/** The hash has 32 bits, 8 a level. */
const mostLevels = 4;

/**
 * Compares a stream with a prefix of a lake, record by record, by key. Nothing is written but spill files under
 * `ports.scratch`; memory stays below a few hundred MiB however much is compared. Throws PH_NOTHING_READ where a side is
 * empty, PH_USAGE where no record of a side has the key, PH_OBJECT_CORRUPT, PH_STORAGE_*.
 */
export async function reconcile(
  sides: { readonly stream: StreamSide; readonly lake: ObjectSide },
  settings: ReconcileSettings,
  ports: ObjectSidePorts,
  effects: Effects,
): Promise<Reconciliation> {
  await effects.fs.mkdir(ports.scratch, { recursive: true, mode: 0o700 });
  const staging: Staging = { settings, ports, effects };
  const spills: Spill[] = [];
  try {
    // The lake first: what is delivered from now on is no record that the stream does not know.
    const objects = await dataObjects(sides.lake);
    if (objects.length === 0) throw await nothingUnder(sides.lake);
    const topic = await topicOf(sides.stream);
    const stream = await stage('stream', streamBatches(sides.stream, topic, staging), staging, spills);
    const batches = objectBatches(sides.lake.store, objects, staging);
    const lake = await stage('lake', batches, staging, spills);
    const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY, samples } = settings;
    const findings = new Findings(samples, { fromMs, toMs });
    const comparing = {
      rules: settings,
      streamContainers: stream.containers,
      lakeContainers: lake.containers,
      findings,
    };
    await compareAll(stream.spill, lake.spill, 0, comparing, staging);
    return {
      ...reported(findings),
      objects: objects.length,
      withoutKey: { stream: stream.withoutKey, lake: lake.withoutKey },
      trimmed: trimmedOf(sides.stream, topic),
    };
  } finally {
    for (const spill of spills) await spill.close();
    await effects.fs.rm(ports.scratch, { recursive: true, force: true });
  }
}

interface Staging {
  readonly settings: ReconcileSettings;
  readonly ports: ObjectSidePorts;
  readonly effects: Effects;
}

async function topicOf(side: StreamSide): Promise<TopicState | undefined> {
  if (side.kind !== 'topic') return undefined;
  const topic = await side.stream.describe(side.topic);
  if (topic === undefined) throw new PlayheadError('PH_TOPIC_UNKNOWN', `there is no topic ${side.topic}`);
  return topic;
}

async function* streamBatches(
  side: StreamSide,
  topic: TopicState | undefined,
  staging: Staging,
): AsyncGenerator<SideBatch> {
  if (side.kind === 'topic') {
    if (topic !== undefined) yield* topicSide(side.stream, topic, staging.settings.signal);
    return;
  }
  for (const each of side.objects) {
    const objects = await dataObjects(each);
    if (objects.length === 0) throw await nothingUnder(each);
    yield* objectBatches(each.store, objects, staging);
  }
}

async function* objectBatches(
  store: ObjectStore,
  objects: readonly ObjectInfo[],
  { settings, ports, effects }: Staging,
): AsyncGenerator<SideBatch> {
  for (const object of objects) {
    settings.signal.throwIfAborted();
    yield* objectSide(store, object, ports, effects);
  }
}

interface Staged {
  readonly spill: Spill;
  readonly containers: readonly Container[];
  readonly withoutKey: number;
}

/** Parts a side's records by the hash of their key. */
async function stage(
  name: 'stream' | 'lake',
  batches: AsyncIterable<SideBatch>,
  { settings, ports, effects }: Staging,
  spills: Spill[],
): Promise<Staged> {
  const spill = await openSpill(join(ports.scratch, `${name}.spill`), 0, effects);
  spills.push(spill);
  const read = keyReader(settings.key, settings.time);
  const containers: Container[] = [];
  let [records, withoutKey] = [0, 0];
  let firstFields: readonly string[] = [];
  for await (const { container, records: batch } of batches) {
    settings.signal.throwIfAborted();
    if (containers.at(-1) !== container) containers.push(container);
    for (const { bytes, at, arrivalMs } of batch) {
      const { key, isKeyed, timeMs, payload } = read(bytes);
      if (!isKeyed) withoutKey += 1;
      if (firstFields.length === 0 && payload !== undefined) firstFields = Object.keys(payload);
      const known = timeMs ?? arrivalMs ?? container.hourMs ?? Number.NaN;
      await spill.add({ key, bytes, container: containers.length - 1, at, timeMs: known });
    }
    records += batch.length;
    settings.onProgress?.({ doing: name, done: records });
  }
  await spill.finish();
  if (records === 0) throw new PlayheadError('PH_NOTHING_READ', `the ${name} holds no record to compare`);
  if (withoutKey === records) throw noKey(name, settings.key, firstFields);
  return { spill, containers, withoutKey };
}

function noKey(side: string, key: readonly string[], fields: readonly string[]): PlayheadError {
  const missing = key.find((name) => !fields.includes(name)) ?? key[0] ?? '';
  const hint = suggestion(missing, fields);
  return new PlayheadError('PH_USAGE', `no record of the ${side} has the key ${key.join(', ')}`, {
    ...(hint === '' ? {} : { hint }),
  });
}

async function nothingUnder({ store, prefix }: ObjectSide): Promise<PlayheadError> {
  const { prefixes } = await store.list('', { delimiter: '/' });
  const hint = suggestion(
    prefix,
    prefixes.filter((name) => !/^[_.]/.test(name)),
  );
  return new PlayheadError('PH_NOTHING_READ', `there is no object under ${prefix === '' ? 'the lake' : prefix}`, {
    ...(hint === '' ? {} : { hint }),
  });
}

/** Bucket by bucket; one that memory can't take is parted by more of its hash. */
async function compareAll(
  stream: Spill,
  lake: Spill,
  level: number,
  comparing: Comparing,
  staging: Staging,
): Promise<void> {
  const { settings } = staging;
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    settings.signal.throwIfAborted();
    const sizeBytes = stream.sizeBytes(bucket) + lake.sizeBytes(bucket);
    if (sizeBytes > (settings.bucketBytes ?? defaultBucketBytes) && level + 1 < mostLevels)
      await comparePart(stream, lake, bucket, level, comparing, staging);
    else await compareBucket({ stream: stream.rows(bucket), lake: lake.rows(bucket) }, comparing);
    if (level === 0) settings.onProgress?.({ doing: 'comparing', done: (bucket + 1) / buckets });
  }
}

async function comparePart(
  stream: Spill,
  lake: Spill,
  bucket: number,
  level: number,
  comparing: Comparing,
  staging: Staging,
): Promise<void> {
  const parts: Spill[] = [];
  const part = async (name: string, rows: AsyncIterable<SpilledRow>): Promise<Spill> => {
    const spill = await openSpill(join(staging.ports.scratch, `${name}.${level + 1}`), level + 1, staging.effects);
    parts.push(spill);
    for await (const row of rows) await spill.add(row);
    await spill.finish();
    return spill;
  };
  try {
    const [left, right] = [await part('stream', stream.rows(bucket)), await part('lake', lake.rows(bucket))];
    await compareAll(left, right, level + 1, comparing, staging);
  } finally {
    for (const spill of parts) await spill.close();
  }
}

function reported(findings: Findings): Pick<Reconciliation, 'counts' | 'byHour' | 'alteredFields' | 'samples'> {
  const hours = [...findings.byHour].sort(([a], [b]) => (Number.isNaN(a) ? 1 : Number.isNaN(b) ? -1 : a - b));
  return {
    counts: findings.total,
    byHour: hours.map(([hourMs, counts]) => (Number.isNaN(hourMs) ? { counts } : { hourMs, counts })),
    alteredFields: [...findings.alteredFields]
      .map(([field, records]) => ({ field, records }))
      .sort((a, b) => b.records - a.records),
    samples: findings.samples,
  };
}

function trimmedOf(side: StreamSide, topic: TopicState | undefined): number {
  if (side.kind !== 'topic' || topic === undefined || !side.stream.capabilities.densePositions) return 0;
  return topic.state.reduce((sum, { start }) => sum + Number(start), 0);
}

/** True where the lake holds what the stream does: each record, once, as it was sent. */
export function agrees({ counts: { missing, doubled, altered, extra } }: Reconciliation): boolean {
  return missing + doubled + altered + extra === 0;
}
