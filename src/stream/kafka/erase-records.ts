import { PlayheadError } from '../../base/errors.ts';
import { counted } from '../../base/units.ts';
import { keyAt, type Position, positionAt, valueAt } from '../../record/batch.ts';
import { endsEarly } from '../ends-early.ts';
import type { LogErasure, RecordTest, TopicState } from '../stream.ts';
import type { CommittedReader } from './committed-reader.ts';

const readBytes = 8 * 1024 ** 2;

/** The records that are meant: how many, up to where in each partition, and when the last was appended, ms. */
interface Meant {
  readonly records: number;
  readonly ends: ReadonlyMap<number, Position>;
  readonly lastMs: number;
}

/**
 * Counts the records that are meant. Kafka can't take a record out: it keeps all until retention takes them, so an erasure
 * that finds some is refused rather than half done.
 */
export async function eraseRecords(
  reader: CommittedReader,
  topic: TopicState,
  isMeant: RecordTest,
  countOnly: boolean,
): Promise<LogErasure> {
  const meant = await findMeant(reader, topic, isMeant);
  if (meant.records > 0 && !countOnly) throw notErasable(topic, meant);
  return { records: meant.records, segments: 0 };
}

async function findMeant(reader: CommittedReader, topic: TopicState, isMeant: RecordTest): Promise<Meant> {
  const ends = new Map<number, Position>();
  let records = 0;
  let lastMs = 0;
  for (const { partition, start, end } of topic.state) {
    for (let next = start; next < end; ) {
      const options = { maxBytes: readBytes, until: end };
      const fetched = await reader.fetch({ name: topic.topic, id: topic.id }, partition, next, options);
      for (const batch of fetched.batches)
        for (let i = 0; i < batch.count; i += 1) {
          if (!isMeant(valueAt(batch, i), keyAt(batch, i))) continue;
          records += 1;
          ends.set(partition, positionAt(batch, i) + 1n);
          lastMs = Math.max(lastMs, batch.appendedMs[i] ?? 0);
        }
      if (fetched.next === next) throw endsEarly(topic.topic, partition, next, end);
      next = fetched.next;
    }
  }
  return { records, ends, lastMs };
}

function notErasable({ topic, retentionMs }: TopicState, { records, ends, lastMs }: Meant): PlayheadError {
  const partitions = [...ends].map(([partition, offset]) => ({ topic, partition, offset: Number(offset) }));
  const offsets = JSON.stringify({ partitions, version: 1 });
  const byRetention = Number.isFinite(retentionMs)
    ? `retention lets go of the last on ${new Date(lastMs + retentionMs).toISOString()} at the earliest`
    : 'the topic keeps records for good';
  const message = `${topic} holds ${counted(records, 'record')} of them, and Kafka takes none out`;
  return new PlayheadError('PH_ACCESS_REFUSED', message, {
    hint:
      `${byRetention}. Sooner: shorten its retention.ms, or, once every delivery is past them, ` +
      `kafka-delete-records --offset-json-file with ${offsets}, which takes all that is older out with them. Then erase again`,
    details: { topic, records, offsets },
  });
}
