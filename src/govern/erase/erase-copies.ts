import { basename, join, relative } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { copyName } from '../../lake/copy-name.ts';
import { listAll } from '../../lake/object-store.ts';
import { failedRoot } from '../../transform/failed-output.ts';
import { bucketVersions } from './bucket-contents.ts';
import type { ErasedPlace } from './certificate.ts';
import { disposable } from './find-in-lake.ts';
import { findInObject } from './find-in-object.ts';
import type { ReplacedObject } from './journal.ts';
import { type Erasing, searchingOf } from './ports.ts';
import { searchFile } from './search-file.ts';
import { filesUnder } from './search-home.ts';

const forReaders: ErasedPlace = { place: 'copies for readers', files: 1, rows: 0 };
const ofFailedRuns: ErasedPlace = { place: 'output of failed runs', files: 1, rows: 0 };
const ofObjects: ErasedPlace = { place: 'versions of objects', files: 1, rows: 0 };

/** What kept a replaced content readable: for queries that began before, for versions, for who reads by path. */
export async function eraseCopies(
  erasing: Erasing,
  replaced: readonly ReplacedObject[],
  effects: Effects,
): Promise<readonly ErasedPlace[]> {
  return [
    ...(await eraseDisposable(erasing, replaced)),
    ...(await eraseStoreFiles(erasing, replaced, effects)),
    ...(await eraseVersions(erasing, effects)),
  ];
}

async function eraseDisposable(
  { finder, ports: { store, session } }: Erasing,
  replaced: readonly ReplacedObject[],
): Promise<readonly ErasedPlace[]> {
  const former = new Set(replaced.map(({ etag }) => etag));
  const places: ErasedPlace[] = [];
  for (const prefix of disposable)
    for await (const object of listAll(store, prefix)) {
      const found = former.has(object.etag) || (await findInObject(store, session, object, finder)) !== undefined;
      if (!found) continue;
      // What a failed run kept is one thing: a report that names files which are gone would be of no use.
      const [folder = '', part = '', job = ''] = object.key.split('/');
      if (prefix === failedRoot)
        for await (const { key } of listAll(store, join(folder, part, job, '/'))) await store.delete(key);
      else await store.delete(object.key);
      places.push(prefix === failedRoot ? ofFailedRuns : forReaders);
    }
  return places;
}

/**
 * The file store's own folder has hard links of former contents; a bucket's objects have copies on this machine. Former
 * contents of what was replaced go whatever they say: a record may have been found by its key alone.
 */
async function eraseStoreFiles(
  erasing: Erasing,
  replaced: readonly ReplacedObject[],
  effects: Effects,
): Promise<readonly ErasedPlace[]> {
  const { finder, ports } = erasing;
  const former = new Set(replaced.map(({ key, etag }) => copyName(join(ports.lakeFolder, key), etag)));
  const places: ErasedPlace[] = [];
  const own = ['pins', 'versions', 'incoming'].map((folder) => join(ports.lakeFolder, '.store', folder));
  for (const folder of [...own, ports.copiesFolder])
    for await (const path of filesUnder(folder, effects)) {
      const name = relative(ports.home, path);
      const isTheirs = former.has(basename(path)) || finder.renamed(name) !== name;
      if (!isTheirs && !(await searchFile(path, searchingOf(erasing), effects)).names) continue;
      await effects.fs.rm(path, { force: true });
      places.push(basename(folder) === 'versions' ? ofObjects : forReaders);
    }
  return places;
}

async function eraseVersions(erasing: Erasing, effects: Effects): Promise<readonly ErasedPlace[]> {
  const { store, scratch } = erasing.ports;
  const places: ErasedPlace[] = [];
  for await (const { key, versionId = '', path } of bucketVersions(store, scratch, effects)) {
    const isNamed = erasing.finder.renamed(key) !== key;
    if (!isNamed && !(await searchFile(path, searchingOf(erasing), effects)).names) continue;
    await store.versions?.delete(key, versionId);
    places.push(ofObjects);
  }
  return places;
}
