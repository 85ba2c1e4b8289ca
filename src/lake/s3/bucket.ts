import type { S3Client } from '@aws-sdk/client-s3';
import type { Effects } from '../../base/effects.ts';
import { checkKey } from '../object-key.ts';
import type { S3Sdk } from './sdk.ts';
import type { S3Settings } from './settings.ts';

/** A connected bucket, and where in it the store's keys lie. */
export interface Bucket {
  readonly sdk: S3Sdk;
  readonly client: S3Client;
  readonly settings: S3Settings;
  readonly effects: Effects;
}

/** Does what is asked; a failure of the store says what was being done, and what helps. */
export type Reporting = <T>(doing: string, work: () => Promise<T>) => Promise<T>;

/** The bucket and key of a request. PH_OBJECT_KEY_INVALID. */
export function at({ settings }: Bucket, key: string): { readonly Bucket: string; readonly Key: string } {
  checkKey(key);
  return { Bucket: settings.bucket, Key: `${settings.prefix ?? ''}${key}` };
}

/** S3 writes an etag in quotes. */
export function unquoted(etag: string | undefined): string {
  return (etag ?? '').replaceAll('"', '');
}
