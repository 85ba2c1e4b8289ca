import type { ProducedBatch } from '../record/batch.ts';

/** Knows whose records a log takes no more. */
export interface ErasedIds {
  /** Bit i set: record i is about somebody who was erased. Undefined where none is. */
  erasedIn(batch: ProducedBatch): Uint8Array | undefined;
}

/** Asked before each group of appends; undefined where nobody was ever erased, which is to cost next to nothing. */
export type FindErasedIds = () => Promise<ErasedIds | undefined>;
