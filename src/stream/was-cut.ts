import { PlayheadError } from '../base/errors.ts';
import type { Position } from '../record/batch.ts';

/** PH_POSITION_OUT_OF_RANGE: what stands before `from` is no longer what was read there. */
export function wasCut(topic: string, partition: number, from: Position, end: Position): PlayheadError {
  const message = `partition ${partition} of ${topic} was cut at ${end}, and filled again since it was read up to ${from}`;
  return new PlayheadError('PH_POSITION_OUT_OF_RANGE', message, {
    hint:
      'another copy of the log, which lacked records, has taken the place of the one that was read: `playhead deliver` says ' +
      'what that means for what is delivered',
    details: { topic, partition, from: String(from), end: String(end) },
  });
}
