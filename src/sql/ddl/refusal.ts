import { PlayheadError } from '../../base/errors.ts';
import type { SourcePosition } from '../source-position.ts';
import { placeOf } from './lexer.ts';

/** PH_SQL_UNSUPPORTED at an index of the text. */
export function unsupported(text: string, at: number, what: string, hint?: string): PlayheadError {
  return refusal('PH_SQL_UNSUPPORTED', placeOf(text, at), `not supported: ${what}`, hint);
}

/** A statement that reads well and can't be carried out, with the place of what is at fault. */
export function refusal(
  code: 'PH_SQL_UNSUPPORTED' | 'PH_SQL_INVALID' | 'PH_TABLE_UNKNOWN' | 'PH_DATABASE_UNKNOWN' | 'PH_TABLE_EXISTS',
  place: SourcePosition,
  problem: string,
  hint?: string,
): PlayheadError {
  return new PlayheadError(code, `line ${place.line}, column ${place.column}: ${problem}`, {
    details: { ...place },
    ...(hint === undefined ? {} : { hint }),
  });
}
