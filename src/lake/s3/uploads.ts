import type { ListMultipartUploadsCommandInput, ListMultipartUploadsCommandOutput } from '@aws-sdk/client-s3';
import { checkPrefix } from '../object-key.ts';
import type { UnfinishedUpload } from '../object-store.ts';
import { at, type Bucket, type Reporting } from './bucket.ts';
import { isMissing, nameOf } from './failure.ts';
import { endless } from './list.ts';

/** Uploads in parts whose last step did not come yet, in the order of their keys. */
export async function* listUploads(
  bucket: Bucket,
  prefix: string,
  reporting: Reporting,
): AsyncGenerator<UnfinishedUpload> {
  checkPrefix(prefix);
  const { sdk, client, settings } = bucket;
  const root = settings.prefix ?? '';
  let after: Markers | undefined = {};
  while (after !== undefined) {
    const asked = { Bucket: settings.bucket, Prefix: `${root}${prefix}`, ...after };
    const page: ListMultipartUploadsCommandOutput = await reporting(`listing uploads of ${prefix}`, () =>
      client.send(new sdk.ListMultipartUploadsCommand(asked)),
    );
    for (const { Key = '', UploadId, Initiated } of page.Uploads ?? []) {
      const key = Key.slice(root.length);
      yield {
        key,
        startedMs: Initiated?.getTime() ?? Number.POSITIVE_INFINITY,
        end: () => reporting(`ending an upload of ${key}`, () => abort(bucket, key, UploadId)),
      };
    }
    after = page.IsTruncated === true ? markersOf(page, prefix) : undefined;
  }
}

type Markers = Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'>;

function markersOf(page: ListMultipartUploadsCommandOutput, prefix: string): Markers {
  const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
  if (KeyMarker === undefined) throw endless(prefix);
  return { KeyMarker, ...(UploadIdMarker === undefined ? {} : { UploadIdMarker }) };
}

/** One that became an object meanwhile, or was ended, is no upload any more. */
async function abort(bucket: Bucket, key: string, UploadId: string | undefined): Promise<void> {
  const { sdk, client } = bucket;
  try {
    await client.send(new sdk.AbortMultipartUploadCommand({ ...at(bucket, key), UploadId }));
  } catch (cause) {
    if (nameOf(cause) !== 'NoSuchUpload' && !isMissing(cause)) throw cause;
  }
}
