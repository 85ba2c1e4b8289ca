import { PlayheadError } from '../base/errors.ts';

/** What every object store says where an object is not as it was meant. */
export function missing(key: string): PlayheadError {
  return new PlayheadError('PH_OBJECT_MISSING', `there is no object ${key}`, { details: { key } });
}

export function exists(key: string, cause?: unknown): PlayheadError {
  return new PlayheadError('PH_OBJECT_EXISTS', `there is an object ${key} already`, {
    details: { key },
    ...(cause === undefined ? {} : { cause }),
  });
}

export function changed(key: string): PlayheadError {
  return new PlayheadError('PH_OBJECT_CHANGED', `${key} is no longer the object that was meant: it was replaced`, {
    hint: 'Read it again, then decide again.',
    details: { key },
  });
}
