import type { Position } from '../record/batch.ts';

/** Firehose's error-output-types that a delivery can have. */
export type ErrorType = 'processing-failed' | 'format-conversion-failed';

/** Why a record is not delivered: a code for programs, a sentence for people. */
export interface RecordFault {
  readonly type: ErrorType;
  readonly code: string;
  readonly message: string;
}

/** A record that goes to the error prefix, byte for byte as it was produced. */
export interface RejectedRecord {
  readonly fault: RecordFault;
  readonly partition: number;
  readonly position: Position;
  readonly arrivalMs: number;
  /** The value without the newline that frames it; undefined for a tombstone. */
  readonly value: Uint8Array | undefined;
}

/**
 * Firehose's error record, one JSON line: the raw bytes in base64 (null for a tombstone), and here also where the record
 * stands in the stream. `attemptEndMs` comes from the plan, so that a restart writes the same line again.
 */
export function errorLine(record: RejectedRecord, attemptEndMs: number): string {
  const { fault, partition, position, arrivalMs, value } = record;
  const fields = {
    attemptsMade: 1,
    arrivalTimestamp: arrivalMs,
    errorCode: fault.code,
    errorMessage: fault.message,
    attemptEndingTimestamp: attemptEndMs,
    rawData:
      value === undefined ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64'),
    partition,
    position: String(position),
  };
  return `${JSON.stringify(fields)}\n`;
}
