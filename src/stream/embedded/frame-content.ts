import type { ProducedBatch } from '../../record/batch.ts';

/** Records of one source that go to one partition in one append. */
export interface FrameContent {
  readonly batch: ProducedBatch;
  /** Each record's sequence, less the frame's first. Rising. */
  readonly sequenceOffsets: Uint32Array;
  readonly invalidUtf8?: Uint8Array;
  /** Bit i set: record i was erased; its value and key are empty. */
  readonly erased?: Uint8Array;
}
