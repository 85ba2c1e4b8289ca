import type { Position } from '../../record/batch.ts';
import { hourMs } from '../hour-counts.ts';
import type { RecordOrigin, SourceAccount, StreamAccount, TopicInspection } from '../stream.ts';
import type { CommittedReader } from './committed-reader.ts';
import { originIn } from './parse-record.ts';
import { type SourceIndex, sequencesIn } from './source-index.ts';
import type { KafkaTopic } from './topic.ts';

/** Bytes of values that are read at a time, only to be counted. */
const readBytes = 8 * 1024 ** 2;

/** What a topic's index says of its sources, and its records' headers of who sent them. */
export function inspectTopic(reader: CommittedReader, topic: KafkaTopic): TopicInspection {
  return {
    account: async (): Promise<StreamAccount> => {
      const index = await topic.index();
      return { sources: index === undefined ? [] : accountsOf(index), holes: [] };
    },
    originOf: async (partition: number, position: Position): Promise<RecordOrigin | undefined> => {
      const found = await reader.storedAt(topic, partition, position);
      return found && originIn(found.stored, found.records, position);
    },
    countForeign: async (partition, from, until) => {
      let count = 0;
      for (let next = from; next < until; ) {
        const fetched = await reader.fetch(topic, partition, next, { maxBytes: readBytes, until });
        for (const batch of fetched.batches) if (batch.foreign) count += batch.count;
        if (fetched.next <= next) break;
        next = fetched.next;
      }
      return count;
    },
  };
}

function accountsOf(index: SourceIndex): readonly SourceAccount[] {
  return [...index.states()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([source, { runs, forgotten }]) => ({
      source,
      sequences: sequencesIn(runs) + (forgotten?.sequences ?? 0),
      hours: [...index.hoursOf(source).values()]
        .sort((a, b) => a.hour - b.hour)
        .map(({ hour, sent, logged, resent }) => ({ hourMs: hour * hourMs, sent, logged, resent })),
    }));
}
