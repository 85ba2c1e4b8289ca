import type { ObjectBody } from '../lake/object-store.ts';
import type { Slice } from './arrival-queue.ts';
import { type Codec, codecs, defaultLevel } from './compression.ts';
import type { Compression, DeliveryFormat } from './definition.ts';
import type { RejectedRecord } from './error-record.ts';
import { framedParts, valueParts } from './frame-lines.ts';
import { PackingRoom } from './packing-room.ts';

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
  const room = new PackingRoom();
  return {
    extension: `.json${codec.extension}`,
    encode: async (slices) => {
      const raw = room.joined(partsOf(slices));
      const body = await codec.pack(raw, output.level ?? defaultLevel);
      // Where nothing is packed, these are the body's own bytes.
      if (body !== raw) room.giveBack(raw);
      return {
        body,
        rawBytes: raw.length,
        rows: slices.reduce((rows, { from, to }) => rows + to - from, 0),
        rejected: [],
        // Joined anew for the few objects that are compared: made objects wait to be put, and would hold on to it.
        holdsSameRecords: (stored) => unpacksTo(codec, stored, Buffer.concat(partsOf(slices))),
      };
    },
  };
}

/** Bytes packed by a codec, compared by what they unpack to. */
export async function packed(
  raw: Uint8Array,
  compression: Compression,
): Promise<Omit<EncodedObject, 'rows' | 'rejected'>> {
  const codec = codecs[compression];
  return {
    body: await codec.pack(raw, defaultLevel),
    rawBytes: raw.length,
    holdsSameRecords: (stored) => unpacksTo(codec, stored, raw),
  };
}

async function unpacksTo({ unpack }: Codec, stored: Uint8Array, raw: Uint8Array): Promise<boolean> {
  const unpacked = await unpack(stored).catch(() => undefined);
  return unpacked !== undefined && Buffer.compare(unpacked, raw) === 0;
}
