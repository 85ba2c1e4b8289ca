import { PlayheadError } from '../base/errors.ts';
import type { Position } from '../record/batch.ts';

/** PH_LOG_CORRUPT: a partition that is read whole has nothing more before the end that it was said to have. */
export function endsEarly(topic: string, partition: number, at: Position, end: Position): PlayheadError {
  return new PlayheadError('PH_LOG_CORRUPT', `partition ${partition} of ${topic} ends at ${at}, below its end ${end}`, {
    hint: 'playhead doctor says what is wrong with the log.',
    details: { topic, partition, at: String(at), end: String(end) },
  });
}
