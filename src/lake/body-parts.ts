import type { Effects } from '../base/effects.ts';
import { fileParts } from '../base/file-parts.ts';
import type { LocalFile, ObjectBody } from './object-store.ts';

export type BodyParts = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export function isLocalFile(body: ObjectBody): body is LocalFile {
  return 'path' in body;
}

/** A body's bytes, from wherever they come. */
export function bodyParts(body: ObjectBody, effects: Pick<Effects, 'fs'>): BodyParts {
  if (isLocalFile(body)) return fileParts(body.path, effects);
  return body instanceof Uint8Array ? [body] : body;
}
