import assert from 'node:assert/strict';
import type { RecordBatch } from '../../src/record/batch.ts';
import type { Stream, TopicSpec } from '../../src/stream/stream.ts';
import { numbered, plain } from '../stream/records.ts';

/** What a backend gives to be held to the port. */
export interface StreamFixture {
  /** The shared log, opened once more: as another process would. The suite closes what it opens. */
  open(): Promise<Stream>;
  /** Removes everything. */
  remove(): Promise<void>;
  /** Behaviours that the backend can't have, each with its reason. */
  readonly skips?: Partial<Record<Capability, string>>;
}

/** Parts of the port that not every log can promise. */
type Capability = 'trim on request' | 'sequences kept past trimming';

export interface Suite {
  readonly log: Stream;
  readonly made: StreamFixture;
  /** Makes a topic of its own for a test. */
  topic(log: Stream, partitions?: number): Promise<string>;
}

export function topicNames(): Suite['topic'] {
  let next = 0;
  return async (log, partitions = 1) => {
    next += 1;
    await log.ensureTopic(spec(`topic-${next}`, partitions));
    return `topic-${next}`;
  };
}

export function spec(topic: string, partitions = 1): TopicSpec {
  return { topic, partitions, retentionMs: 3_600_000, cleanup: 'delete' };
}

/** Everything in a partition from its start. */
export async function readAll(log: Stream, topic: string, partition: number): Promise<RecordBatch[]> {
  const state = (await log.describe(topic))?.state[partition];
  assert.ok(state);
  const batches: RecordBatch[] = [];
  for (let from = state.start; from < state.end; ) {
    const fetched = await log.fetch(topic, partition, from, { maxBytes: 64 * 1024 });
    assert.ok(fetched.next > from, 'a fetch below the end leads further');
    batches.push(...fetched.batches);
    from = fetched.next;
  }
  return batches;
}

export const values = async (log: Stream, topic: string, partition: number): Promise<string[]> =>
  plain(await readAll(log, topic, partition)).map(({ value }) => value.trimEnd());

export function skipped(made: StreamFixture, capability: Capability): { skip?: string } {
  const reason = made.skips?.[capability];
  return reason === undefined ? {} : { skip: reason };
}

/** Appends records n to n + 9 of source `s`; where they are. */
export async function appendTen(log: Stream, topic: string, n: number): Promise<readonly bigint[]> {
  const { positions } = await log.append({ topic, source: 's', firstSequence: BigInt(n), batch: numbered(n, n + 10) });
  return [...positions];
}
