import { open } from 'node:fs/promises';
import { type Random, seededRandom } from '../src/base/random.ts';
import { BatchBuilder } from '../src/record/batch-builder.ts';
import { defineRecord } from '../src/record/define-record.ts';
import { field } from '../src/record/field.ts';
import { stream } from '../src/stream/definition.ts';
import type { Stream } from '../src/stream/stream.ts';

export const Play = defineRecord('play', {
  fields: {
    id: field.string(),
    viewer: field.string(),
    title: field.string(),
    session: field.string(),
    kind: field.string(),
    at: field.string(),
    watched_seconds: field.int(),
    position_seconds: field.int(),
    completion: field.double(),
    device: field.string(),
    system: field.string(),
    version: field.string(),
    quality: field.string(),
    megabits: field.double(),
    stalls: field.int(),
    stalled_seconds: field.int(),
    errors: field.int(),
    address: field.string(),
    country: field.string(),
    state: field.string(),
    city: field.string(),
    provider: field.string(),
    connection: field.string(),
  },
});
const partitions = 20;
export const clean = stream({ topic: 'clean', record: Play, key: 'viewer', partitions });
/** One record in a hundred is mistyped. */
export const dirty = stream({ topic: 'dirty', record: Play, key: 'viewer', partitions });
const startMs = Date.UTC(2025, 7, 11);
/** As a day of 2.2 million events has them. */
const msAnEvent = 86_400_000 / 2_200_000;

/** The same events into both topics and, as they are in the clean one, into an NDJSON file. Returns its bytes. */
export async function produce(log: Stream, events: number, ndjson: string): Promise<number> {
  const random = seededRandom(42);
  const file = await open(ndjson, 'w');
  let bytes = 0;
  for (const { topic, retentionMs, cleanup } of [clean, dirty]) {
    await log.ensureTopic({ topic, partitions, retentionMs, cleanup });
  }
  const settings = { lineFramed: true, checkedObjects: true, keyed: true, capacityBytes: 8 * 1024 ** 2 };
  for (let first = 0; first < events; first += 8000) {
    const [good, spoilt] = [new BatchBuilder(settings), new BatchBuilder(settings)];
    for (let n = first; n < Math.min(first + 8000, events); n += 1) {
      const { line, viewer } = play(random, n);
      const arrivalMs = Math.floor(startMs + n * msAnEvent);
      good.add(Buffer.from(line), arrivalMs, Buffer.from(viewer));
      spoilt.add(
        Buffer.from(n % 100 === 0 ? line.replace('"stalls":', '"stalls":0.5') : line),
        arrivalMs,
        Buffer.from(viewer),
      );
    }
    const batch = good.take();
    bytes += batch.values.length;
    await file.writeFile(batch.values);
    await log.append({ topic: clean.topic, source: 'bench', firstSequence: BigInt(first), batch });
    await log.append({ topic: dirty.topic, source: 'bench', firstSequence: BigInt(first), batch: spoilt.take() });
  }
  await file.close();
  return bytes;
}

function play(random: Random, n: number): { line: string; viewer: string } {
  const viewer = `viewer-${hex(random)}`;
  const line = JSON.stringify({
    id: `play-${hex(random)}${hex(random)}`,
    viewer,
    title: `title-${hex(random)}`,
    session: `session-${hex(random)}`,
    kind: oneOf(random, ['start', 'stop', 'pause', 'resume', 'complete']),
    at: new Date(startMs + n * msAnEvent).toISOString(),
    watched_seconds: random.uint32() % 5000,
    position_seconds: random.uint32() % 5000,
    completion: Math.round(random.float() * 10_000) / 100,
    device: oneOf(random, ['mobile', 'web', 'tv', 'tablet']),
    system: oneOf(random, ['iOS', 'Android', 'Windows', 'macOS', 'Roku OS', 'Fire TV']),
    version: `${random.uint32() % 6}.${random.uint32() % 10}.${random.uint32() % 100}`,
    quality: oneOf(random, ['SD', 'HD', '4K']),
    megabits: Math.round(random.float() * 3000) / 100,
    stalls: random.uint32() % 3,
    stalled_seconds: random.uint32() % 20,
    errors: random.uint32() % 2,
    address: `192.0.2.${random.uint32() % 256}`,
    country: oneOf(random, ['United States', 'Germany', 'Japan', 'Brazil']),
    state: oneOf(random, ['California', 'Bavaria', 'Tokyo', 'Bahia']),
    city: oneOf(random, ['San Diego', 'Munich', 'Shibuya', 'Salvador']),
    provider: oneOf(random, ['Cable One', 'Telecom', 'Fibre West']),
    connection: oneOf(random, ['wifi', 'mobile', 'fiber', 'cable']),
  });
  return { line: `${line}\n`, viewer };
}

function hex(random: Random): string {
  return random.uint32().toString(16).padStart(8, '0');
}

function oneOf(random: Random, values: readonly string[]): string {
  return values[random.uint32() % values.length] ?? '';
}
