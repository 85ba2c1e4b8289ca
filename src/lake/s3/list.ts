import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import { PlayheadError } from '../../base/errors.ts';
import { checkPrefix } from '../object-key.ts';
import type { ListPage } from '../object-store.ts';
import { type Bucket, unquoted } from './bucket.ts';

const pageLimit = 1000;

/** No key is above it: S3's order is that of UTF-8, and this is its last character. */
const lastCharacter = '\u{10ffff}';

export async function listObjects(
  { sdk, client, settings }: Bucket,
  prefix: string,
  options: { readonly startAfter?: string; readonly limit?: number; readonly delimiter?: '/' },
): Promise<ListPage> {
  checkPrefix(prefix);
  const { startAfter, delimiter, limit = pageLimit } = options;
  const root = settings.prefix ?? '';
  // After a folded prefix means after all that lies in it.
  const after =
    delimiter !== undefined && startAfter?.endsWith(delimiter) ? `${startAfter}${lastCharacter}` : startAfter;
  const asked = {
    Bucket: settings.bucket,
    Prefix: `${root}${prefix}`,
    MaxKeys: Math.min(limit, pageLimit),
    ...(after === undefined ? {} : { StartAfter: `${root}${after}` }),
    ...(delimiter === undefined ? {} : { Delimiter: delimiter }),
  };
  let page = await client.send(new sdk.ListObjectsV2Command(asked));
  // A page may have no key although keys follow, as where all it looked at is deleted: it is not the end.
  while (page.IsTruncated === true && isEmpty(page)) {
    const { NextContinuationToken: ContinuationToken } = page;
    if (ContinuationToken === undefined) throw endless(prefix);
    page = await client.send(new sdk.ListObjectsV2Command({ ...asked, ContinuationToken }));
  }
  const objects = (page.Contents ?? []).map(({ Key = '', Size = 0, ETag, LastModified }) => ({
    key: Key.slice(root.length),
    sizeBytes: Size,
    etag: unquoted(ETag),
    modifiedMs: LastModified?.getTime() ?? 0,
  }));
  const prefixes = (page.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix.slice(root.length));
  const last = [objects.at(-1)?.key, prefixes.at(-1)]
    .filter((key) => key !== undefined)
    .sort(byBytes)
    .at(-1);
  return { objects, prefixes, ...(page.IsTruncated === true && last !== undefined ? { next: last } : {}) };
}

function isEmpty({ Contents = [], CommonPrefixes = [] }: ListObjectsV2CommandOutput): boolean {
  return Contents.length + CommonPrefixes.length === 0;
}

/** Of a listing that says that it goes on, but not where: taken for its end, a part of the lake would be lost to sight. */
export function endless(prefix: string): PlayheadError {
  return new PlayheadError(
    'PH_STORAGE_FAILED',
    `the store broke off its list of ${prefix} without a word where it goes on`,
    {
      hint: 'S3 gives a token or a key to go on from. Run it again; else it is a defect of that store.',
      details: { prefix },
    },
  );
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
