import { join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import { suggestion } from '../../base/nearest.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import type { TopicState } from '../../stream/stream.ts';
import { type DataObjects, dataObjects } from './data-objects.ts';
import { type ObjectSidePorts, objectSide } from './object-side.ts';
import { keyReader } from './record-key.ts';
import type { ReconcileSettings, StreamSide } from './settings.ts';
import type { Container, RecordShape, SideBatch } from './side.ts';
import { firstBits, openSpill, type Spill } from './spill.ts';
import { openSpilledList, type SpilledList } from './spilled-list.ts';
import { topicSide } from './topic-side.ts';

/** What both sides are read and parted with. */
export interface Staging {
  readonly settings: ReconcileSettings;
  readonly ports: ObjectSidePorts;
  readonly effects: Effects;
}

/** The records of the stream's side, from what the topic held when it was looked at. */
export async function* streamBatches(
  side: StreamSide,
  topic: TopicState | undefined,
  staging: Staging,
): AsyncGenerator<SideBatch> {
  if (side.kind === 'topic') {
    if (topic !== undefined) yield* topicSide(side.stream, topic, side.aside, staging.settings.signal);
    return;
  }
  for (const each of side.objects) {
    const listed = await dataObjects(each, join(staging.ports.scratch, 'stream.objects'), staging.effects);
    yield* objectBatches(each.store, listed, staging);
  }
}

/** The records of some objects, one object after the other. */
export async function* objectBatches(
  store: ObjectStore,
  listed: DataObjects,
  { settings, ports, effects }: Staging,
): AsyncGenerator<SideBatch> {
  for await (const object of listed.objects()) {
    settings.signal.throwIfAborted();
    yield* objectSide(store, object, ports, effects);
  }
}

/** A side whose records lie parted on disk. */
export interface Staged {
  readonly spill: Spill;
  /** Of containers, by their number in the rows. */
  readonly names: SpilledList;
  /** By their number in the rows. */
  readonly shapes: readonly RecordShape[];
  readonly withoutKey: number;
  readonly erased: number;
  readonly aside: number;
  readonly tombstones: number;
}

/** Parts a side's records by the hash of their key; `open` takes what the caller is to close. */
export async function stage(
  name: 'stream' | 'lake',
  batches: AsyncIterable<SideBatch>,
  { settings, ports, effects }: Staging,
  open: { close(): Promise<void> }[],
): Promise<Staged> {
  const spill = await openSpill(join(ports.scratch, `${name}.spill`), firstBits, effects);
  open.push(spill);
  const read = keyReader(settings.key, settings.time);
  const names = await openSpilledList(join(ports.scratch, `${name}.names`), effects);
  open.push(names);
  const shapes = shapesSeen();
  let present: { readonly container: Container; readonly shape: number } | undefined;
  let [records, withoutKey, erased, aside, tombstones] = [0, 0, 0, 0, 0];
  let firstFields: readonly string[] = [];
  for await (const found of batches) {
    const { container, records: batch } = found;
    settings.signal.throwIfAborted();
    if (present?.container !== container) {
      present = { container, shape: shapes.numberOf(container) };
      const full = names.add(JSON.stringify(container.name));
      if (full !== undefined) await full;
    }
    const { shape } = present;
    for (const { bytes, at, arrivalMs } of batch) {
      const { key, isKeyed, timeMs, payload } = read(bytes);
      if (!isKeyed) withoutKey += 1;
      if (firstFields.length === 0 && payload !== undefined) firstFields = Object.keys(payload);
      const known = timeMs ?? arrivalMs ?? container.hourMs ?? Number.NaN;
      const full = spill.add({ key, bytes, container: names.count - 1, shape, at, timeMs: known });
      if (full !== undefined) await full;
    }
    records += batch.length;
    erased += found.erased ?? 0;
    aside += found.aside ?? 0;
    tombstones += found.tombstones ?? 0;
    settings.onProgress?.({ doing: name, done: records });
  }
  await spill.finish();
  await names.finish();
  if (records === 0) throw new PlayheadError('PH_NOTHING_READ', `the ${name} holds no record to compare`);
  if (withoutKey === records) throw noKey(name, settings.key, firstFields);
  return { spill, names, shapes: shapes.all, withoutKey, erased, aside, tombstones };
}

function noKey(side: string, key: readonly string[], fields: readonly string[]): PlayheadError {
  const missing = key.find((name) => !fields.includes(name)) ?? key[0] ?? '';
  const hint =
    fields.length === 0
      ? 'No line of it is a JSON object: arrays, and objects over several lines, are not taken for records.'
      : suggestion(missing, fields);
  return new PlayheadError('PH_USAGE', `no record of the ${side} has the key ${key.join(', ')}`, {
    ...(hint === '' ? {} : { hint }),
  });
}

/** Numbers the shapes that containers have: a handful, however many containers there are. */
function shapesSeen(): { readonly all: readonly RecordShape[]; numberOf(shape: RecordShape): number } {
  const all: RecordShape[] = [];
  const numbers = new Map<string, number>();
  return {
    all,
    numberOf: ({ format, times }) => {
      const name = JSON.stringify([format, times]);
      const number = numbers.get(name) ?? all.push({ format, times }) - 1;
      numbers.set(name, number);
      return number;
    },
  };
}
