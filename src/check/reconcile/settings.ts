import type { EpochUnit } from '../../record/epoch.ts';
import type { Stream } from '../../stream/stream.ts';
import type { ObjectSide } from './data-objects.ts';
import type { Counts, Sample } from './findings.ts';
import type { CompareRules } from './payload.ts';

/** What is taken for the stream: a topic, or files that hold what was sent. */
export type StreamSide =
  | { readonly kind: 'topic'; readonly stream: Stream; readonly topic: string; readonly aside?: SetAside }
  | { readonly kind: 'objects'; readonly objects: readonly ObjectSide[] };

/** Records of the topic that the delivery into the lake could not parse: kept in the lake, and no part of what is compared. */
export interface SetAside {
  has(partition: number, position: bigint): boolean;
}

export interface ReconcileSettings extends CompareRules {
  /** The fields that tell a record from others, one or more; `a.b` for a field within one. */
  readonly key: readonly string[];
  /** The field that holds a record's time; without one it is the arrival, or the hour that folders name. */
  readonly time?: { readonly field: string; readonly unit: EpochUnit };
  /** Only records of this time are counted, ms since 1970 UTC; `toMs` is not included. */
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Samples of each kind, at most. */
  readonly samples: number;
  readonly signal: AbortSignal;
  /** Rows of both sides that are compared at once, as they lie in memory; default 12 MiB. A larger part is parted again. */
  readonly bucketBytes?: number;
  readonly onProgress?: (progress: ReconcileProgress) => void;
}

export interface ReconcileProgress {
  readonly doing: 'stream' | 'lake' | 'comparing';
  /** Records that were read; of `comparing`, the share that is done. */
  readonly done: number;
}

export interface Reconciliation {
  readonly counts: Readonly<Counts>;
  readonly byHour: readonly { readonly hourMs?: number; readonly counts: Readonly<Counts> }[];
  readonly alteredFields: readonly { readonly field: string; readonly records: number }[];
  readonly samples: readonly Sample[];
  readonly objects: number;
  /** Records without the key, which were compared by their bytes. */
  readonly withoutKey: { readonly stream: number; readonly lake: number };
  /** Positions that lie before what the topic still holds: the lake may have their records, and they count as extra. */
  readonly trimmed: number;
  /** Records that were erased from the topic: a lake that still has them has them as extra. */
  readonly erased: number;
  /** Records of the topic that its delivery could not parse and keeps under its error prefix: they are not compared. */
  readonly aside: number;
  /** Records of the topic without a value, which no lake of JSON can hold: they are not compared. */
  readonly tombstones: number;
}
