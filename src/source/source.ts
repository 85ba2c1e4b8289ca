import type { ProducedBatch } from '../record/batch.ts';

/** Records of a source on their way into a stream, under the identity that makes a repeated append add nothing. */
export interface SourcedBatch {
  readonly source: string;
  /** Sequence of the batch's first record; the others follow by one. */
  readonly firstSequence: bigint;
  readonly batch: ProducedBatch;
}

/**
 * Yields batches from a position on, up to another. The same range yields the same records under the same (source,
 * sequence), whenever and however often it is read; positions are text that only the source itself understands, in
 * order.
 */
export interface ReplayableSource {
  read(from: string, until: string): Iterable<SourcedBatch>;
}
