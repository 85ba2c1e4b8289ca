import { bitAt, keyAt, setBit, valueAt } from '../../record/batch.ts';
import type { FrameContent } from './frame-content.ts';

/** The frame with nothing left of some records but their places, sequences and times. */
export function withoutRecords(content: FrameContent, gone: readonly number[]): FrameContent {
  if (gone.length === 0) return content;
  const { batch } = content;
  const erased = bitsOf(content.erased, batch.count);
  const nulls = bitsOf(batch.nulls, batch.count);
  for (const i of gone) {
    setBit(erased, i);
    setBit(nulls, i);
  }
  const values = joined(batch.count, (i) => (bitAt(erased, i) ? nothing : valueAt(batch, i)));
  const keys = joined(batch.count, (i) => (bitAt(erased, i) ? nothing : (keyAt(batch, i) ?? nothing)));
  return {
    ...content,
    erased,
    batch: {
      ...batch,
      nulls,
      values: values.bytes,
      valueEnds: values.ends,
      ...(batch.keys === undefined ? {} : { keys: keys.bytes, keyEnds: keys.ends }),
      ...(batch.headers === undefined
        ? {}
        : { headers: batch.headers.map((list, i) => (bitAt(erased, i) ? [] : list)) }),
    },
  };
}

const nothing = new Uint8Array(0);

function bitsOf(bits: Uint8Array | undefined, count: number): Uint8Array {
  const copy = new Uint8Array((count + 7) >> 3);
  if (bits !== undefined) copy.set(bits.subarray(0, copy.length));
  return copy;
}

function joined(count: number, partOf: (index: number) => Uint8Array): { bytes: Uint8Array; ends: Uint32Array } {
  const ends = new Uint32Array(count);
  const parts: Uint8Array[] = [];
  let end = 0;
  for (let i = 0; i < count; i += 1) {
    const part = partOf(i);
    parts.push(part);
    end += part.length;
    ends[i] = end;
  }
  return { bytes: Buffer.concat(parts), ends };
}
