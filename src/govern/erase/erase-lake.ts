import { join } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { amendSeries } from './amend-series.ts';
import type { ErasedPlace } from './certificate.ts';
import { findInLake, rememberGone } from './find-in-lake.ts';
import {
  type JournalEntry,
  journalOf,
  type ReplacedObject,
  type SealedJournal,
  unfinishedJournals,
} from './journal.ts';
import type { Erasing } from './ports.ts';
import { replaceObject } from './replace-object.ts';

export interface LakeErasure {
  readonly replaced: readonly ReplacedObject[];
  readonly places: readonly ErasedPlace[];
  /** Addresses of jobs that have partitions to make anew. */
  readonly behind: readonly string[];
}

/** Takes the person out of the lake's objects, and makes commits and catalog name what stands there then. */
export async function eraseLake(erasing: Erasing, effects: Effects): Promise<LakeErasure> {
  const { finder, id, ports, onProgress } = erasing;
  const { store, session } = ports;
  const done: CarriedOut[] = [];
  // What was found before a crash is finished first, whoever it was about: the objects no longer say which rows went.
  for (const journal of await unfinishedJournals(store)) {
    const pending = await journal.sealed();
    if (pending !== undefined) done.push(await carryOut(erasing, pending, effects));
    await journal.drop();
  }
  const entries: JournalEntry[] = [];
  const onObject = (looked: number, hits: number): void =>
    onProgress(`looking in the lake: ${looked} objects, ${hits} to rewrite`);
  const { jobs, pages } = ports;
  for await (const entry of findInLake({ store, session, finder, jobs, pages, onObject })) entries.push(entry);
  const journal = journalOf(store, id);
  const erasure = `${id.slice(0, 12)}-${effects.random.uint32().toString(16)}`;
  if (entries.length > 0) await journal.seal({ erasure, entries });
  await effects.reached('erase.journal');
  done.push(await carryOut(erasing, { erasure, entries }, effects));
  await journal.drop();
  const present = done.flatMap(({ replaced }) => replaced).filter(({ absent }) => absent === undefined);
  return {
    replaced: present,
    places: present.map(({ now, rows }) => ({ place: placeOf(now.key), files: 1, rows: rows.length })),
    behind: done.flatMap(({ behind }) => behind),
  };
}

type CarriedOut = Pick<LakeErasure, 'replaced' | 'behind'>;

/** Rewrites the entries' objects, makes the commits and the catalog name them; what no commit names and nothing is left of goes. */
async function carryOut(
  { finder, ports, onProgress }: Erasing,
  { erasure, entries }: SealedJournal,
  effects: Effects,
): Promise<CarriedOut> {
  const { store, session, scratch, catalog, derivedJobs } = ports;
  await rememberGone(
    session,
    entries.filter(({ key }) => !key.startsWith('_playhead/')),
  );
  const replaced: ReplacedObject[] = [];
  for (const [at, entry] of entries.entries()) {
    onProgress(`rewriting object ${at + 1} of ${entries.length}`);
    const { key, etag, absent } = entry;
    // Its commits are told apart from those that were not amended yet by what they call it.
    const now =
      absent === undefined
        ? await replaceObject({ store, session, finder, scratch }, entry, effects)
        : { key, etag: `${etag}-${erasure}`, sizeBytes: absent.sizeBytes, modifiedMs: 0 };
    if (now !== undefined) replaced.push({ ...entry, now });
    await effects.reached('erase.replaced');
  }
  await effects.fs.rm(join(scratch, 'erased.parquet'), { force: true });
  const { named, behind } = await amendSeries(store, { erasure, replaced, finder, derivedJobs }, effects);
  await catalog.replaceContents(
    replaced.map(({ key, etag: from, now, rows, page }) => {
      const rowsGone = page === undefined ? rows.length : 0;
      return { key, from, to: now.key, etag: now.etag, sizeBytes: now.sizeBytes, rowsGone };
    }),
  );
  await effects.reached('erase.catalogued');
  for (const { key, rows, of, now, absent, page } of replaced)
    if (absent === undefined && page === undefined && rows.length === of && !named.has(key))
      await store.delete(now.key, { ifMatch: now.etag });
  return { replaced, behind };
}

/** What an object is to the pipeline, by where it lies. */
function placeOf(key: string): string {
  const parts = key.split('/');
  return parts[0] === '_playhead' ? `${parts[1]} of ${parts[2]}` : `lake, ${parts[0]}/`;
}
