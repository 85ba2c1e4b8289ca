import type { ObjectBody } from '../lake/object-store.ts';
import type { Slice } from './arrival-queue.ts';
import { type Codec, codecs, defaultLevel } from './compression.ts';
import type { Compression, DeliveryFormat } from './definition.ts';
import type { RejectedRecord } from './error-record.ts';
import { framedParts, valueParts } from './frame-lines.ts';

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
  const codec = codecs[output.compression];
  const partsOf = newline ? framedParts : valueParts;
  return {
    extension: `.json${codec.extension}`,
    encode: async (slices) => {
      const parts = partsOf(slices);
      return {
        body: await codec.pack(parts, output.level ?? defaultLevel),
        rawBytes: parts.reduce((sum, part) => sum + part.length, 0),
        rows: slices.reduce((rows, { from, to }) => rows + to - from, 0),
        rejected: [],
        // Taken anew for the few objects that are compared: made objects wait to be put, and would hold on to copies.
        holdsSameRecords: (stored) => unpacksTo(codec, stored, partsOf(slices)),
      };
    },
  };
}

/** Bytes packed by a codec, compared by what they unpack to. */
export async function packed(
  parts: readonly Uint8Array[],
  compression: Compression,
): Promise<Omit<EncodedObject, 'rows' | 'rejected'>> {
  const codec = codecs[compression];
  return {
    body: await codec.pack(parts, defaultLevel),
    rawBytes: parts.reduce((sum, part) => sum + part.length, 0),
    holdsSameRecords: (stored) => unpacksTo(codec, stored, parts),
  };
}

async function unpacksTo({ unpack }: Codec, stored: Uint8Array, parts: readonly Uint8Array[]): Promise<boolean> {
  const unpacked = await unpack(stored).catch(() => undefined);
  return unpacked !== undefined && Buffer.compare(unpacked, Buffer.concat(parts)) === 0;
}
