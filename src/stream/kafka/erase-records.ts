import { PlayheadError } from '../../base/errors.ts';
import { counted } from '../../base/units.ts';
import { keyAt, valueAt } from '../../record/batch.ts';
import { endsEarly } from '../ends-early.ts';
import type { LogErasure, RecordTest, TopicState } from '../stream.ts';
import type { CommittedReader } from './committed-reader.ts';

const readBytes = 8 * 1024 ** 2;

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
  let records = 0;
  for (const { partition, start, end } of topic.state) {
    for (let next = start; next < end; ) {
      const fetched = await reader.fetch({ name: topic.topic, id: topic.id }, partition, next, {
        maxBytes: readBytes,
        until: end,
      });
      for (const batch of fetched.batches)
        for (let i = 0; i < batch.count; i += 1) if (isMeant(valueAt(batch, i), keyAt(batch, i))) records += 1;
      if (fetched.next === next) throw endsEarly(topic.topic, partition, next, end);
      next = fetched.next;
    }
  }
  if (records > 0 && !countOnly) throw notErasable(topic, records);
  return { records, segments: 0 };
}

function notErasable({ topic, retentionMs }: TopicState, records: number): PlayheadError {
  const hours = Math.ceil(retentionMs / 3_600_000);
  return new PlayheadError(
    'PH_ACCESS_REFUSED',
    `${topic} holds ${counted(records, 'record')} of them, and Kafka takes none out`,
    {
      hint: Number.isFinite(hours)
        ? `they leave by retention, at most ${counted(hours, 'hour')} after their append; or shorten the topic's retention.ms, and erase again then`
        : 'the topic keeps records for good: give it a retention.ms, and erase again when it has passed',
      details: { topic, records },
    },
  );
}
