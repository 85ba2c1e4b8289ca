/** Formats that a record can be read from. Text ones have no types: their values compare as text where they must. */
export type SideFormat = 'json' | 'csv' | 'parquet';

/** How the records of a container are to be read. */
export interface RecordShape {
  readonly format: SideFormat;
  /** Top-level fields that the container itself declares to be instants (Parquet's TIMESTAMP columns). */
  readonly times: readonly string[];
}

/** A partition of a topic, a file or an object: what a place is named by. */
export interface Container extends RecordShape {
  readonly name: string;
  /** The hour that its folders name, ms since 1970 UTC. */
  readonly hourMs?: number;
}

/** A record as it was read: its bytes, and where it stands in its container. */
export interface SideRecord {
  /** JSON text, as it came or as DuckDB writes a row; whatever bytes a line has that is no JSON. */
  readonly bytes: Uint8Array;
  /** A position of a partition; a line or row of an object, from 1. */
  readonly at: string;
  /** When it arrived, ms since 1970 UTC: of records from a stream alone. */
  readonly arrivalMs?: number;
}

/** Records of one container, in order. */
export interface SideBatch {
  readonly container: Container;
  readonly records: readonly SideRecord[];
  /** Records that stood between these until an erasure took them out. */
  readonly erased?: number;
  /** Records that stood between these and are set aside. */
  readonly aside?: number;
  /** Records without a value that stood between these. */
  readonly tombstones?: number;
}
