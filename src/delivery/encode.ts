import type { ObjectBody } from '../lake/object-store.ts';
import type { Slice } from './arrival-queue.ts';
import { codecs, defaultLevel } from './compression.ts';
import type { Compression, DeliveryFormat } from './definition.ts';
import type { RejectedRecord } from './error-record.ts';
import { concatenateValues, frameLines } from './frame-lines.ts';

/** An object's body, and how to tell whether another object holds the same records. */
export interface EncodedObject {
  readonly body: ObjectBody;
  /** What the body lies in: to be disposed of when it was put, or will not be. */
  readonly held?: AsyncDisposable;
  readonly rows: number;
  /** Before compression. */
  readonly rawBytes: number;
  holdsSameRecords(stored: Uint8Array): Promise<boolean>;
  /** Records that the format could not take; not counted in `rows`. */
  readonly rejected: readonly RejectedRecord[];
}

/** Makes the object of a group of records. The same records in the same order give an object with the same records. */
export interface Encoder {
  /** `.json.gz`, `.parquet`. */
  readonly extension: string;
  encode(slices: readonly Slice[]): Promise<EncodedObject>;
}

/** Newline-delimited JSON as it came, packed. Nothing is decoded. */
export function jsonEncoder(output: Extract<DeliveryFormat, { format: 'json' }>, newline: boolean): Encoder {
  return {
    extension: `.json${codecs[output.compression].extension}`,
    encode: async (slices) => ({
      ...(await packed(newline ? frameLines(slices) : concatenateValues(slices), output.compression, output.level)),
      rows: slices.reduce((rows, { from, to }) => rows + to - from, 0),
      rejected: [],
    }),
  };
}

/** Bytes packed by a codec, compared by what they unpack to. */
export async function packed(
  raw: Uint8Array,
  compression: Compression,
  level = defaultLevel,
): Promise<Omit<EncodedObject, 'rows' | 'rejected'>> {
  const codec = codecs[compression];
  return {
    body: await codec.pack(raw, level),
    rawBytes: raw.length,
    holdsSameRecords: async (stored) => {
      const unpacked = await codec.unpack(stored).catch(() => undefined);
      return unpacked !== undefined && Buffer.compare(unpacked, raw) === 0;
    },
  };
}
