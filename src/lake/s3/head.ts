import { PlayheadError } from '../../base/errors.ts';
import type { ObjectInfo } from '../object-store.ts';
import { at, type Bucket, unquoted } from './bucket.ts';
import { isMissing } from './failure.ts';

/** Says whose put made an object: a put whose answer was lost finds itself by it. */
export const putIdHeader = 'playhead-put';

/** SHA-256 of an object that was put at once; of a larger one it is known only when its headers have long been sent. */
export const hashHeader = 'playhead-sha256';

export interface FoundObject {
  readonly info: ObjectInfo;
  readonly putId: string | undefined;
}

/** What the answers to HEAD and GET say alike. */
interface Described {
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
  readonly Metadata?: Readonly<Record<string, string>> | undefined;
}

export function infoOf(key: string, sizeBytes: number, { ETag, LastModified, Metadata }: Described): ObjectInfo {
  const sha256 = Metadata?.[hashHeader];
  return {
    key,
    sizeBytes,
    etag: unquoted(ETag),
    ...(sha256 === undefined ? {} : { sha256 }),
    modifiedMs: LastModified?.getTime() ?? 0,
  };
}

/** Bytes. PH_STORAGE_FAILED where the answer has no length: taken for an empty object, its content would be lost to sight. */
export function lengthOf(key: string, { ContentLength }: { readonly ContentLength?: number | undefined }): number {
  if (ContentLength !== undefined) return ContentLength;
  throw new PlayheadError('PH_STORAGE_FAILED', `the store does not say how long ${key} is`, {
    hint: 'Its answer has no Content-Length, which S3 always gives: is there a proxy before it?',
    details: { key },
  });
}

export async function headObject(bucket: Bucket, key: string): Promise<FoundObject | undefined> {
  const { sdk, client } = bucket;
  try {
    const head = await client.send(new sdk.HeadObjectCommand(at(bucket, key)));
    return { info: infoOf(key, lengthOf(key, head), head), putId: head.Metadata?.[putIdHeader] };
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw cause;
  }
}
