import { PlayheadError } from '../base/errors.ts';
import { contentLength } from '../record/batch-slice.ts';
import type { AppendRequest } from './stream.ts';

/**
 * Refuses a request before any of it is appended: PH_RECORD_TOO_LARGE with the record's index and sequence, and
 * RangeError for a batch whose parts contradict each other, which only a defect makes.
 */
export function checkAppend(request: AppendRequest, maxRecordBytes: number): void {
  const { batch, firstSequence } = request;
  if (firstSequence < 0n) throw new RangeError(`sequence ${firstSequence} is below 0`);
  if (batch.valueEnds.length !== batch.count || batch.arrivalMs.length !== batch.count)
    throw new RangeError(`a batch of ${batch.count} records with ${batch.valueEnds.length} values`);
  if (batch.keyEnds !== undefined && batch.keyEnds.length !== batch.count)
    throw new RangeError(`a batch of ${batch.count} records with ${batch.keyEnds.length} keys`);
  for (let i = 0; i < batch.count; i += 1) {
    if (!Number.isFinite(batch.arrivalMs[i])) throw new RangeError(`record ${i} arrived at ${batch.arrivalMs[i]} ms`);
    const sizeBytes = contentLength(batch, i);
    if (sizeBytes > maxRecordBytes) throw tooLarge(request, i, sizeBytes, maxRecordBytes);
  }
}

function tooLarge(request: AppendRequest, index: number, sizeBytes: number, maxRecordBytes: number): PlayheadError {
  const sequence = request.firstSequence + BigInt(index);
  return new PlayheadError(
    'PH_RECORD_TOO_LARGE',
    `record ${sequence} of source ${request.source} has ${sizeBytes} bytes, more than the ${maxRecordBytes} of a record`,
    {
      hint: 'nothing of this append was taken: leave the record out, or send what is large as an object and its name here',
      details: { source: request.source, sequence: String(sequence), index, sizeBytes, maxRecordBytes },
    },
  );
}

/** What an append fails with that was sent behind one of its source that failed. */
export function overtaken(source: string): PlayheadError {
  return new PlayheadError('PH_SOURCE_SEQUENCE_GAP', `an earlier append of source ${source} failed`, {
    hint: 'send again from the sequence after the last one that the log has',
    details: { source },
  });
}
