import { join } from 'node:path';
import { isPlayheadError, PlayheadError } from '../../base/errors.ts';
import { fileParts } from '../../base/file-parts.ts';
import { leaseRoot } from '../../commit/lease-record.ts';
import { packedRoot } from '../../commit/packed-commits.ts';
import { seriesRoot } from '../../commit/series-keys.ts';
import { sideBySide } from '../../delivery/side-by-side.ts';
import type { ListPage, ObjectInfo, ObjectStore } from '../../lake/object-store.ts';
import { systemCode } from '../../lake/storage-error.ts';
import { type Exporting, type SourceFile, take } from './exporting.ts';

/** Copies under way at once: each waits for the disk, or for a bucket. */
const copiedAtOnce = 8;

/** Of no use elsewhere, or made again by whoever needs it: who holds what, copies of commits, trials of `doctor`. */
const passedOver = [leaseRoot, packedRoot, '_playhead/doctor/', '_playhead/retained/clock'];

/** Path of an object in an export. */
export function objectPath(key: string): string {
  return `lake/${key}`;
}

/** Objects of the lake, a page at a time, but the commit series: those are taken in an order of their own. */
export async function* pagesOf(lake: ObjectStore): AsyncGenerator<readonly ObjectInfo[]> {
  let page: ListPage | undefined;
  do {
    page = await lake.list('', page?.next === undefined ? {} : { startAfter: page.next });
    yield page.objects.filter(
      ({ key }) => !key.startsWith(seriesRoot) && !passedOver.some((prefix) => key.startsWith(prefix)),
    );
  } while (page.next !== undefined);
}

/** Copies everything that the lake holds now, as far as it stays there while it is copied. */
export async function copyListed(exporting: Exporting, round: number): Promise<void> {
  let seen = 0;
  for await (const objects of pagesOf(exporting.lake)) {
    await sideBySide(objects, copiedAtOnce, async (object) => {
      await takeObject(exporting, object, round);
      seen += 1;
      exporting.onProgress(`${seen} objects`);
    });
  }
}

/** False where the object is gone, or is another by now. */
export async function takeObject(exporting: Exporting, object: ObjectInfo, round: number): Promise<boolean> {
  try {
    return await take(exporting, sourceOf(exporting, object), round);
  } catch (error) {
    const isGone = ['PH_OBJECT_MISSING', 'PH_OBJECT_CHANGED'].some(
      (code) => isPlayheadError(error) && error.code === code,
    );
    if (isGone || systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/** A file of this machine is copied as it lies there: sealed, where the home is encrypted. */
function sourceOf({ lake, engine }: Exporting, object: ObjectInfo): SourceFile {
  const { key, etag, sizeBytes, sha256, modifiedMs } = object;
  const common = { path: objectPath(key), version: etag, modifiedMs, mode: 0o666 };
  if (!lake.capabilities.localFiles) {
    const body = async function* () {
      yield* (await lake.get(key, { ifMatch: etag })).body;
    };
    return { ...common, body, isRight: async () => true };
  }
  return {
    ...common,
    body: () => fileParts(join(engine.home.lake, key), engine.effects),
    isRight: async (content) => {
      if ((await lake.head(key))?.etag !== etag) return false;
      if (content.sizeBytes !== sizeBytes || content.sha256 === sha256) return true;
      throw new PlayheadError('PH_OBJECT_CORRUPT', `${key} does not hold the bytes that were written`, {
        hint: 'playhead ledger --deep names what is damaged, playhead repair puts back what was delivered.',
      });
    },
  };
}
