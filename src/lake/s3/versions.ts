import { checkPrefix } from '../object-key.ts';
import type { ObjectVersions, VersionInfo } from '../object-store.ts';
import { at, type Bucket, type Reporting, unquoted } from './bucket.ts';
import { isMissing, nameOf } from './failure.ts';
import { endless } from './list.ts';
import { getObject } from './read.ts';

/**
 * Whether what was replaced or deleted may still be there. Also where versioning is suspended: what was replaced before that
 * stays. Only a bucket that never had it says nothing.
 */
export async function keepsVersions({ sdk, client, settings }: Bucket): Promise<boolean> {
  try {
    const { Status } = await client.send(new sdk.GetBucketVersioningCommand({ Bucket: settings.bucket }));
    return Status !== undefined;
  } catch (cause) {
    // Who may not ask must expect them: a bucket without versions lists none.
    if (nameOf(cause) === 'AccessDenied') return true;
    throw cause;
  }
}

export function s3Versions(bucket: Bucket, reporting: Reporting): ObjectVersions {
  return {
    list: (prefix) => listVersions(bucket, prefix, reporting),
    get: (key, versionId, options = {}) =>
      reporting(`reading a version of ${key}`, () => getObject(bucket, key, { ...options, versionId })),
    delete: (key, versionId) =>
      reporting(`deleting a version of ${key}`, async () => {
        const { sdk, client } = bucket;
        try {
          await client.send(new sdk.DeleteObjectCommand({ ...at(bucket, key), VersionId: versionId }));
        } catch (cause) {
          if (!isMissing(cause)) throw cause;
        }
      }),
  };
}

/** S3 gives versions and delete markers apart, each newest first by key: joined by key and time here. */
async function* listVersions(
  { sdk, client, settings }: Bucket,
  prefix: string,
  reporting: Reporting,
): AsyncGenerator<VersionInfo> {
  checkPrefix(prefix);
  const root = settings.prefix ?? '';
  let key: string | undefined;
  let version: string | undefined;
  /** Of the key that a page ends in: the next one may go on with it. */
  let held: VersionInfo[] = [];
  do {
    const request = new sdk.ListObjectVersionsCommand({
      Bucket: settings.bucket,
      Prefix: `${root}${prefix}`,
      ...(key === undefined ? {} : { KeyMarker: key }),
      ...(version === undefined ? {} : { VersionIdMarker: version }),
    });
    const page = await reporting(`listing versions of ${prefix}`, () => client.send(request));
    const objects = (page.Versions ?? []).map(
      ({ Key = '', VersionId = '', IsLatest = false, LastModified, Size = 0, ETag }): VersionInfo => ({
        key: Key.slice(root.length),
        versionId: VersionId,
        kind: 'object',
        latest: IsLatest,
        sizeBytes: Size,
        etag: unquoted(ETag),
        modifiedMs: LastModified?.getTime() ?? 0,
      }),
    );
    const markers = (page.DeleteMarkers ?? []).map(
      ({ Key = '', VersionId = '', IsLatest = false, LastModified }): VersionInfo => ({
        key: Key.slice(root.length),
        versionId: VersionId,
        kind: 'delete-marker',
        latest: IsLatest,
        sizeBytes: 0,
        modifiedMs: LastModified?.getTime() ?? 0,
      }),
    );
    if (page.IsTruncated === true && page.NextKeyMarker === undefined) throw endless(prefix);
    const byKey = Map.groupBy([...held, ...objects, ...markers], (each) => each.key);
    const last = page.IsTruncated === true ? [...byKey.keys()].sort().at(-1) : undefined;
    held = last === undefined ? [] : (byKey.get(last) ?? []);
    for (const [each, found] of byKey) if (each !== last) yield* newestFirst(found);
    [key, version] = page.IsTruncated === true ? [page.NextKeyMarker, page.NextVersionIdMarker] : [];
  } while (key !== undefined);
  yield* newestFirst(held);
}

/** A version stopped being the latest when the next one came. */
function newestFirst(versions: readonly VersionInfo[]): readonly VersionInfo[] {
  const sorted = versions.toSorted((a, b) => Number(b.latest) - Number(a.latest) || b.modifiedMs - a.modifiedMs);
  return sorted.map((version, i) => {
    const next = sorted[i - 1];
    return next === undefined ? version : { ...version, noncurrentSinceMs: next.modifiedMs };
  });
}
