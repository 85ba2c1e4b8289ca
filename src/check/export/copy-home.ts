import { PlayheadError } from '../../base/errors.ts';
import { epochRoot } from '../../commit/epoch.ts';
import { seriesRoot } from '../../commit/series-keys.ts';
import { failedRoot } from '../../transform/failed-output.ts';
import { copyLog, logStarts } from './copy-log.ts';
import { copyListed, objectPath, pagesOf, takeObject } from './copy-objects.ts';
import { type CopiedSeries, copySeries } from './copy-series.ts';
import { copyState } from './copy-state.ts';
import { dropLeftOver, type Exporting } from './exporting.ts';

/** A home at one moment, in the folder. */
export interface CopiedHome {
  /** The round that settled it: what was not, is not in the folder. */
  readonly round: number;
  readonly commits: CopiedSeries['commits'];
}

/** After the first, a round lasts as long as it takes to list the lake: so many in a row are never all disturbed by schedules. */
const mostRounds = 20;

/** Keys under which something may come or go in the middle of a round: nothing is decided by it. */
const ofNoMoment = ['_playhead/retained/', failedRoot];

/**
 * Copies a home as it is at one moment, while deliveries and jobs go on in it. Most is copied first, whatever changes
 * meanwhile. Then, in rounds, the lake is listed, its commits are copied, readers before what they read, then the log, and
 * the lake is listed again: what is the same in both lists was so when the commits were copied, and what came in between is taken where one of these commits
 * names it. Anything else that is different begins another round. The copy is then a home whose processes were all killed at once,
 * and goes on as such a one does. Throws PH_OBJECT_CHANGED where no round was undisturbed.
 */
export async function copyHome(exporting: Exporting): Promise<CopiedHome> {
  await copyListed(exporting, 0);
  await copySeries(exporting, 0);
  for (let round = 1; round <= mostRounds; round += 1) {
    exporting.onProgress(`commits, round ${round}`);
    await copyListed(exporting, round);
    await exporting.engine.effects.reached('export.listed');
    await copyState(exporting, 'before', round);
    const starts = await logStarts(exporting);
    const series = await copySeries(exporting, round);
    const isLogWhole = await copyLog(exporting, starts, round);
    if (!(isLogWhole && series.isWhole && (await settleObjects(exporting, series, round)))) continue;
    await copyState(exporting, 'after', round);
    await dropLeftOver(exporting, round);
    return { round, commits: series.commits };
  }
  throw new PlayheadError('PH_OBJECT_CHANGED', `the lake changed in the middle of each of ${mostRounds} looks at it`, {
    hint: 'Run it again while jobs that replace objects rest: what was copied is kept.',
  });
}

/** Holds what the lake is now against what it was at the beginning of the round. False where the round was disturbed. */
async function settleObjects(exporting: Exporting, { named }: CopiedSeries, round: number): Promise<boolean> {
  const { lake, files } = exporting;
  for await (const objects of pagesOf(lake)) {
    for (const object of objects) {
      const { key, etag } = object;
      const path = objectPath(key);
      const isCommitted = named.get(key) === etag;
      const isSame = files.isSeen(path, round) && files.version(path) === etag;
      const isTaken = isSame || (isCommitted && (await takeObject(exporting, object, round)));
      if (isTaken) files.settle(path, round);
      else if (isCommitted || files.isSeen(path, round) || decidesSomething(key)) return false;
    }
  }
  for (const path of files.unsettled(round))
    if (!ofNoMoment.some((prefix) => path.startsWith(objectPath(prefix)))) return false;
  return [...named].every(([key, etag]) => {
    const path = objectPath(key);
    // A later commit of the same ones may have replaced it, and names what is there now.
    return files.isSettled(path, round) && files.version(path) === etag;
  });
}

/** Of what is kept beside data, that whose coming changes what the rest means: a new epoch, an erasure. */
function decidesSomething(key: string): boolean {
  return key.startsWith(epochRoot) || key.startsWith('_playhead/erasures/') || key.startsWith(seriesRoot);
}
