import { join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import type { TopicState } from '../../stream/stream.ts';
import { compareAll } from './compare-parts.ts';
import { dataObjects, type ObjectSide } from './data-objects.ts';
import { Findings, type RowPlace, type Sample } from './findings.ts';
import type { ObjectSidePorts } from './object-side.ts';
import type { ReconcileSettings, Reconciliation, StreamSide } from './settings.ts';
import { firstBits } from './spill.ts';
import type { SpilledList } from './spilled-list.ts';
import { objectBatches, type Staging, stage, streamBatches } from './stage.ts';

/**
 * Compares a stream with a prefix of a lake, record by record, by key. Nothing is written but spill files under
 * `ports.scratch`; memory stays below a few hundred MiB however much is compared. Throws PH_NOTHING_READ where a side is
 * empty, PH_USAGE where no record of a side has the key or thousands share one, PH_OBJECT_CORRUPT, PH_STORAGE_*.
 */
export async function reconcile(
  sides: { readonly stream: StreamSide; readonly lake: ObjectSide },
  settings: ReconcileSettings,
  ports: ObjectSidePorts,
  effects: Effects,
): Promise<Reconciliation> {
  await effects.fs.mkdir(ports.scratch, { recursive: true, mode: 0o700 });
  const staging: Staging = { settings, ports, effects };
  const open: { close(): Promise<void> }[] = [];
  try {
    // The lake first: what is delivered from now on is no record that the stream does not know.
    const objects = await dataObjects(sides.lake, join(ports.scratch, 'lake.objects'), effects);
    const topic = await topicOf(sides.stream);
    const stream = await stage('stream', streamBatches(sides.stream, topic, staging), staging, open);
    const batches = objectBatches(sides.lake.store, objects, staging);
    const lake = await stage('lake', batches, staging, open);
    const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY, samples } = settings;
    const findings = new Findings(samples, { fromMs, toMs });
    const comparing = {
      rules: settings,
      keyFields: settings.key,
      streamShapes: stream.shapes,
      lakeShapes: lake.shapes,
      findings,
    };
    await compareAll(stream.spill, lake.spill, firstBits, comparing, staging);
    return {
      ...reported(findings),
      samples: await withNames(findings.samples, stream.names, lake.names),
      objects: objects.count,
      withoutKey: { stream: stream.withoutKey, lake: lake.withoutKey },
      trimmed: trimmedOf(topic),
      erased: stream.erased,
      aside: stream.aside,
      tombstones: stream.tombstones,
    };
  } finally {
    for (const spilled of open) await spilled.close();
    await effects.fs.rm(ports.scratch, { recursive: true, force: true });
  }
}

async function topicOf(side: StreamSide): Promise<TopicState | undefined> {
  if (side.kind !== 'topic') return undefined;
  const topic = await side.stream.describe(side.topic);
  if (topic === undefined) throw new PlayheadError('PH_TOPIC_UNKNOWN', `there is no topic ${side.topic}`);
  return topic;
}

function reported(findings: Findings): Pick<Reconciliation, 'counts' | 'byHour' | 'alteredFields'> {
  const hours = [...findings.byHour].sort(([a], [b]) => (Number.isNaN(a) ? 1 : Number.isNaN(b) ? -1 : a - b));
  return {
    counts: findings.total,
    byHour: hours.map(([hourMs, counts]) => (Number.isNaN(hourMs) ? { counts } : { hourMs, counts })),
    alteredFields: [...findings.alteredFields]
      .map(([field, records]) => ({ field, records }))
      .sort((a, b) => b.records - a.records),
  };
}

/** The samples, their places by the names of the containers. */
async function withNames(
  samples: readonly Sample<RowPlace>[],
  ofStream: SpilledList,
  ofLake: SpilledList,
): Promise<readonly Sample[]> {
  const sought = samples.map((sample) => ({
    stream: sample.stream === undefined ? [] : [sample.stream],
    lake: sample.lake ?? [],
  }));
  const stream = await namesOf(
    sought.flatMap((sample) => sample.stream),
    ofStream,
  );
  const lake = await namesOf(
    sought.flatMap((sample) => sample.lake),
    ofLake,
  );
  const named = ({ container, at }: RowPlace, names: ReadonlyMap<number, string>) => {
    return { container: names.get(container) ?? '', at };
  };
  return samples.map(({ stream: sent, lake: kept, ...sample }) => ({
    ...sample,
    ...(sent === undefined ? {} : { stream: named(sent, stream) }),
    ...(kept === undefined ? {} : { lake: kept.map((place) => named(place, lake)) }),
  }));
}

async function namesOf(places: readonly RowPlace[], names: SpilledList): Promise<ReadonlyMap<number, string>> {
  const wanted = new Set(places.map(({ container }) => container));
  const found = new Map<number, string>();
  if (wanted.size === 0) return found;
  let number = 0;
  for await (const text of names.texts()) {
    // What `stage` wrote there.
    if (wanted.has(number)) found.set(number, JSON.parse(text) as string);
    number += 1;
  }
  return found;
}

function trimmedOf(topic: TopicState | undefined): number {
  return (topic?.state ?? []).reduce((sum, { start }) => sum + Number(start), 0);
}

/** True where the lake holds what the stream does: each record, once, as it was sent. */
export function agrees({ counts: { missing, doubled, altered, extra } }: Reconciliation): boolean {
  return missing + doubled + altered + extra === 0;
}
