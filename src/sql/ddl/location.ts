import type { SourcePosition } from '../source-position.ts';
import { refusal } from './refusal.ts';

/** The lake as a location that names no folder of it. */
export const wholeLake = 's3://lake/';

/** `s3://bucket/a/b` or `a/b` → the prefix `a/b/`: the lake is one bucket, whatever its name. Throws PH_SQL_INVALID. */
export function lakePrefix(location: string, place: SourcePosition): string {
  const bucket = /^s3[an]?:\/\/[^/]+(?:\/|$)/.exec(location)?.[0];
  const path = bucket === undefined ? location : location.slice(bucket.length);
  if (bucket !== undefined && path === '') return '';
  const folders = path.replace(/\/$/, '').split('/');
  const isPlain = folders.every((folder) => folder !== '' && folder !== '.' && folder !== '..');
  if (!isPlain || path.includes('://') || path === '')
    throw refusal(
      'PH_SQL_INVALID',
      place,
      `${JSON.stringify(location)} is not a location: s3://bucket/prefix/, or a prefix in the lake`,
    );
  return `${folders.join('/')}/`;
}
