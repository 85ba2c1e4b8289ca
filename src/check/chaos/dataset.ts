import type { Addressed } from '../../pipeline/graph/address.ts';
import type { SessionArguments } from '../../pipeline/run/session-arguments.ts';

/** How many parts the records of a stream come in: before the acts, during them, and after. */
export const partCount = 3;

/** The records of a stream in one part: as a file, and as what the stream's simulation makes of a range of time. */
export interface DatasetPart {
  /** NDJSON. */
  readonly file: string;
  readonly simulation?: SessionArguments;
}

/** All the records that a stream is to take over a round: the truth that every home is held against. */
export interface StreamDataset {
  readonly stream: Addressed<'stream'>;
  /** The field that holds the arrival time of a record that is produced, where its record type has an event time. */
  readonly arrivalField?: string;
  /** Address of the sessions source that makes the records, where one does. */
  readonly source?: string;
  /** A job judges records by when they arrived: a file does not say when, so that they must come by the simulation. */
  readonly judgedByArrival: boolean;
  readonly parts: readonly DatasetPart[];
  /** Of all parts, one character a byte, without the newline, sorted. */
  readonly lines: readonly string[];
}

/** How a stream is fed in peace. */
export function feedOf({ source, judgedByArrival }: StreamDataset): 'produce' | 'simulate' {
  return source !== undefined && judgedByArrival ? 'simulate' : 'produce';
}
