/**
 * A place in one partition of a topic: opaque and ordered. Counts are never differences of positions (Kafka has gaps).
 * As JSON it is a decimal string.
 */
export type Position = bigint;

/** Positions of the records of a batch: consecutive from `base`, or each on its own. */
export type Positions =
  | { readonly kind: 'dense'; readonly base: Position }
  | { readonly kind: 'list'; readonly at: readonly Position[] };

/**
 * Records before they have a place in the log: what a source makes and `Stream.append` takes.
 *
 * Record i is `values[valueEnds[i - 1] .. valueEnds[i]]` (from 0 for the first). Nobody decodes a record to move it.
 */
export interface ProducedBatch {
  readonly count: number;
  readonly values: Uint8Array;
  readonly valueEnds: Uint32Array;
  /** Bit i set: record i has no value (a tombstone); its slice is empty. */
  readonly nulls?: Uint8Array;
  readonly keys?: Uint8Array;
  readonly keyEnds?: Uint32Array;
  readonly headers?: readonly (readonly { readonly name: string; readonly value: Uint8Array }[])[];
  /** When each record arrived, by the effects clock (simulated in a simulation), ms since 1970 UTC. */
  readonly arrivalMs: Float64Array;
  /** Every value ends in a newline, so that values concatenate to NDJSON. */
  readonly lineFramed: boolean;
  /** Every record is known to be one JSON object (its producer checked). Delivery checks the others. */
  readonly checkedObjects: boolean;
}

/** Records of one partition as the log gives them back, in position order. */
export interface RecordBatch extends ProducedBatch {
  readonly partition: number;
  readonly positions: Positions;
  /** When each record was appended, wall clock, ms since 1970 UTC. Retention counts from here. */
  readonly appendedMs: Float64Array;
  /** Bit i set: record i is not valid UTF-8 (found at append). Delivery sends it to the error prefix. */
  readonly invalidUtf8?: Uint8Array;
  /** Bit i set: record i was taken out by an erasure; nothing but its place is left, and `nulls` has its bit too. */
  readonly erased?: Uint8Array;
  /** Another program wrote these records, all of them: no source's account has them. */
  readonly foreign?: true;
  /** What the values lie in, and no other batch's: whoever fetched the batch may give it back (`freeValues`). */
  readonly memory?: ArrayBuffer;
}

export function valueStart(batch: ProducedBatch, index: number): number {
  return index === 0 ? 0 : (batch.valueEnds[index - 1] ?? 0);
}

/** The bytes of record `index`: a view, not a copy; with its newline where the batch is line-framed. */
export function valueAt(batch: ProducedBatch, index: number): Uint8Array {
  return batch.values.subarray(valueStart(batch, index), batch.valueEnds[index]);
}

/** The key bytes of record `index`, or undefined where the batch has no keys. A view, not a copy. */
export function keyAt(batch: ProducedBatch, index: number): Uint8Array | undefined {
  if (batch.keys === undefined || batch.keyEnds === undefined) return undefined;
  return batch.keys.subarray(index === 0 ? 0 : batch.keyEnds[index - 1], batch.keyEnds[index]);
}

export function positionAt(batch: RecordBatch, index: number): Position {
  if (batch.positions.kind === 'dense') return batch.positions.base + BigInt(index);
  const position = batch.positions.at[index];
  if (position === undefined) throw new RangeError(`record ${index} of a batch of ${batch.count}`);
  return position;
}

export function bitAt(bits: Uint8Array | undefined, index: number): boolean {
  return bits !== undefined && ((bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
}

/** Gives the memory of a fetched batch's values back: whoever fetched it has done with it. They are empty from here on. */
export function freeValues({ memory }: RecordBatch): void {
  memory?.transfer(0);
}

export function setBit(bits: Uint8Array, index: number): void {
  bits[index >> 3] = (bits[index >> 3] ?? 0) | (1 << (index & 7));
}
