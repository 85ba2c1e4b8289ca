import { basename, join, relative } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { eraseInSqlite } from '../../base/erase-sqlite.ts';
import { PlayheadError } from '../../base/errors.ts';
import type { KeyRing } from '../../base/key-ring.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { DuckSession } from '../../duck/duck.ts';
import { listAll, type ObjectStore } from '../../lake/object-store.ts';
import type { Stream } from '../../stream/stream.ts';
import { amendSeries } from './amend-series.ts';
import { bucketObjects, bucketVersions } from './bucket-contents.ts';
import type { Certificate, ErasedPlace } from './certificate.ts';
import { eraseFiles } from './erase-files.ts';
import { rememberErased } from './erased-people.ts';
import { disposable, failedOutputs, findInLake, rememberGone } from './find-in-lake.ts';
import { findInObject } from './find-in-object.ts';
import type { RecordJob } from './follow-records.ts';
import {
  erasuresFolder,
  type JournalEntry,
  journalOf,
  type ReplacedObject,
  type SealedJournal,
  unfinishedJournals,
} from './journal.ts';
import type { PersonFinder } from './person.ts';
import { redactedText } from './redact-json.ts';
import { replaceObject } from './replace-object.ts';
import { type Searching, searchFile } from './search-file.ts';
import { filesUnder, type HomeSearch, searchHome } from './search-home.ts';

export interface ErasePorts {
  readonly home: string;
  /** Folder of the lake, where it is one of this machine. */
  readonly lakeFolder: string;
  /** Folder of copies of a bucket's objects. */
  readonly copiesFolder: string;
  readonly store: ObjectStore;
  readonly stream: Stream;
  readonly topics: readonly string[];
  readonly jobs: readonly RecordJob[];
  readonly catalog: Catalog;
  readonly session: DuckSession;
  readonly ring: KeyRing | undefined;
  /** A folder of this process alone. */
  readonly scratch: string;
}

export interface Erasing {
  readonly finder: PersonFinder;
  /** Keyed hash of the person: what the erasure is known by. */
  readonly id: string;
  readonly ports: ErasePorts;
  readonly onProgress: (text: string) => void;
}

/** Times that an erasure begins again where records of the person came in meanwhile. */
const mostRounds = 3;

/** Stands from before the first change until the certificate is there: an erasure that was cut off is one to finish. */
export function begunKey(person: string): string {
  return `${erasuresFolder}${person}/begun.json`;
}

/** Whether there is anything of the person, or an erasure of them that was not finished. Changes nothing. */
export async function isKnown(erasing: Erasing, effects: Effects): Promise<boolean> {
  const { finder, ports, onProgress, id } = erasing;
  if ((await ports.store.head(begunKey(id))) !== undefined) return true;
  for (const topic of ports.topics) {
    onProgress(`looking in topic ${topic}`);
    const { records } = await ports.stream.erase(topic, recordTest(finder), { countOnly: true });
    if (records > 0) return true;
  }
  const searching = searchingOf(erasing);
  let files = 0;
  for await (const path of filesUnder(ports.home, effects)) {
    files += 1;
    onProgress(`looking: ${files} files`);
    const name = relative(ports.home, path);
    if (finder.renamed(name) !== name) return true;
    if ((await searchFile(path, searching, effects)).names) return true;
  }
  return false;
}

/**
 * Takes a person out of everything a home keeps, and looks whether it did. To be called while nobody delivers, runs jobs or
 * erases. Done again after a crash at any step, it goes on from its journal. First the log takes nothing more of them; then every
 * place is erased before the next is begun, in this order: log, lake, commits, catalog, copies of what was replaced, state, other files.
 */
export async function erasePerson(
  erasing: Erasing,
  effects: Effects,
): Promise<Pick<Certificate, 'places' | 'rewritten' | 'verification'>> {
  const places: ErasedPlace[] = [];
  const rewritten: ReplacedObject[] = [];
  await rememberErased(erasing.ports.home, erasing.finder.person, effects);
  await effects.reached('erase.remembered');
  for (let round = 1; ; round += 1) {
    places.push(...(await eraseLog(erasing)));
    await effects.reached('erase.log');
    const objects = await eraseLake(erasing, effects);
    rewritten.push(...objects.replaced);
    places.push(...objects.places);
    await effects.reached('erase.lake');
    places.push(...(await eraseCopies(erasing, objects.replaced, effects)));
    places.push(...eraseState(erasing, await sqliteFiles(erasing.ports.home, effects)));
    await effects.reached('erase.state');
    places.push(...(await eraseFiles(erasing.ports.home, searchingOf(erasing), effects)));
    const verification = await verify(erasing, effects);
    if (verification.findings.length === 0 || round === mostRounds) {
      return { places: summed(places), rewritten, verification };
    }
  }
}

function recordTest({ inRecord, inText }: PersonFinder): (value: Uint8Array, key: Uint8Array | undefined) => boolean {
  return (value, key) => inRecord(value) || (key !== undefined && inText(key));
}

async function eraseLog({ finder, ports, onProgress }: Erasing): Promise<readonly ErasedPlace[]> {
  const places: ErasedPlace[] = [];
  for (const topic of ports.topics) {
    onProgress(`erasing from topic ${topic}`);
    const { records, segments } = await ports.stream.erase(topic, recordTest(finder));
    if (segments > 0) places.push({ place: `topic ${topic}`, files: segments, rows: records });
  }
  return places;
}

interface LakeErasure {
  readonly replaced: readonly ReplacedObject[];
  readonly places: readonly ErasedPlace[];
}

async function eraseLake(erasing: Erasing, effects: Effects): Promise<LakeErasure> {
  const { finder, id, ports, onProgress } = erasing;
  const { store, session } = ports;
  const replaced: ReplacedObject[] = [];
  // What was found before a crash is finished first, whoever it was about: the objects no longer say which rows went.
  for (const journal of await unfinishedJournals(store)) {
    const pending = await journal.sealed();
    if (pending !== undefined) replaced.push(...(await carryOut(erasing, pending, effects)));
    await journal.drop();
  }
  const entries: JournalEntry[] = [];
  const onObject = (looked: number, hits: number): void =>
    onProgress(`looking in the lake: ${looked} objects, ${hits} to rewrite`);
  for await (const entry of findInLake({ store, session, finder, jobs: ports.jobs, onObject })) entries.push(entry);
  const journal = journalOf(store, id);
  const erasure = `${id.slice(0, 12)}-${effects.random.uint32().toString(16)}`;
  if (entries.length > 0) await journal.seal({ erasure, entries });
  await effects.reached('erase.journal');
  replaced.push(...(await carryOut(erasing, { erasure, entries }, effects)));
  await journal.drop();
  const present = replaced.filter(({ absent }) => absent === undefined);
  return {
    replaced: present,
    places: present.map(({ now, rows }) => ({ place: placeOf(now.key), files: 1, rows: rows.length })),
  };
}

/** Rewrites the entries' objects, makes the commits and the catalog name them; what no commit names and nothing is left of goes. */
async function carryOut(
  { finder, ports, onProgress }: Erasing,
  { erasure, entries }: SealedJournal,
  effects: Effects,
): Promise<readonly ReplacedObject[]> {
  const { store, session, scratch, catalog } = ports;
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
  const { named } = await amendSeries(store, { erasure, replaced, finder }, effects);
  await catalog.replaceContents(
    replaced.map(({ key, etag: from, now, rows }) => {
      return { key, from, to: now.key, etag: now.etag, sizeBytes: now.sizeBytes, rowsGone: rows.length };
    }),
  );
  await effects.reached('erase.catalogued');
  for (const { key, rows, of, now, absent } of replaced)
    if (absent === undefined && rows.length === of && !named.has(key))
      await store.delete(now.key, { ifMatch: now.etag });
  return replaced;
}

/** What kept a replaced content readable: for queries that began before, for versions, for who reads by path. */
async function eraseCopies(
  erasing: Erasing,
  replaced: readonly ReplacedObject[],
  effects: Effects,
): Promise<readonly ErasedPlace[]> {
  const { finder, ports } = erasing;
  const { store, session } = ports;
  const former = new Set(replaced.map(({ etag }) => etag));
  const places: ErasedPlace[] = [];
  for (const prefix of disposable)
    for await (const object of listAll(store, prefix)) {
      const found = former.has(object.etag) || (await findInObject(store, session, object, finder)) !== undefined;
      if (!found) continue;
      // What a failed run kept is one thing: a report that names files which are gone would be of no use.
      const [folder = '', part = '', job = ''] = object.key.split('/');
      if (prefix === failedOutputs)
        for await (const { key } of listAll(store, join(folder, part, job, '/'))) await store.delete(key);
      else await store.delete(object.key);
      places.push({
        place: prefix === failedOutputs ? 'output of failed runs' : 'copies for readers',
        files: 1,
        rows: 0,
      });
    }
  // The file store's own folder has hard links of former contents; a bucket's objects have copies here.
  const searching = searchingOf(erasing);
  const own = ['pins', 'versions', 'incoming'].map((folder) => join(ports.lakeFolder, '.store', folder));
  for (const folder of [...own, ports.copiesFolder])
    for await (const path of filesUnder(folder, effects)) {
      const name = relative(ports.home, path);
      const isNamed = finder.renamed(name) !== name;
      if (!isNamed && !(await searchFile(path, searching, effects)).names) continue;
      await effects.fs.rm(path, { force: true });
      const place = basename(folder) === 'versions' ? 'versions of objects' : 'copies for readers';
      places.push({ place, files: 1, rows: 0 });
    }
  for await (const { key, versionId = '', path } of bucketVersions(store, ports.scratch, effects)) {
    if (finder.renamed(key) === key && !(await searchFile(path, searching, effects)).names) continue;
    await store.versions?.delete(key, versionId);
    places.push({ place: 'versions of objects', files: 1, rows: 0 });
  }
  return places;
}

async function sqliteFiles(home: string, effects: Effects): Promise<readonly string[]> {
  const files: string[] = [];
  for await (const path of filesUnder(home, effects)) if (path.endsWith('.sqlite')) files.push(path);
  return files;
}

function eraseState({ finder, ports, onProgress }: Erasing, files: readonly string[]): readonly ErasedPlace[] {
  return files.flatMap((file) => {
    const place = relative(ports.home, file);
    onProgress(`sweeping ${place}`);
    const { values } = eraseInSqlite(file, finder.inText, (text) => redactedText(text, finder));
    return values === 0 ? [] : [{ place, files: 1, rows: values }];
  });
}

/** Files of the home as they lie, what a bucket holds, and the log through its own reader: its sealed frames open with its index alone. */
async function verify(erasing: Erasing, effects: Effects): Promise<HomeSearch> {
  const { finder, ports, onProgress } = erasing;
  const onFile = (files: number): void => onProgress(`verifying: ${files} files`);
  const searched = await searchHome(ports.home, searchingOf(erasing), effects, onFile);
  const findings = [...searched.findings];
  for (const contents of [bucketObjects, bucketVersions])
    for await (const { key, versionId, path } of contents(ports.store, ports.scratch, effects)) {
      const { container, names } = await searchFile(path, searchingOf(erasing), effects);
      const file = `${finder.renamed(key)}${versionId === undefined ? '' : `, version ${versionId}`}`;
      if (names) findings.push({ file, container });
      else if (finder.renamed(key) !== key) findings.push({ file, container: 'name of an object' });
    }
  for (const topic of ports.topics) {
    const { records } = await ports.stream.erase(topic, recordTest(finder), { countOnly: true });
    if (records > 0) findings.push({ file: `topic ${topic}`, container: `${records} records` });
  }
  return { ...searched, findings };
}

function searchingOf({ finder, ports }: Erasing): Searching {
  const { ring, session, scratch } = ports;
  return { finder, ring, session, scratchFile: join(scratch, 'searched.parquet') };
}

/** What an object is to the pipeline, by where it lies. */
function placeOf(key: string): string {
  const parts = key.split('/');
  return parts[0] === '_playhead' ? `${parts[1]} of ${parts[2]}` : `lake, ${parts[0]}/`;
}

function summed(places: readonly ErasedPlace[]): readonly ErasedPlace[] {
  return [...Map.groupBy(places, ({ place }) => place)].map(([place, own]) => ({
    place,
    files: own.reduce((sum, { files }) => sum + files, 0),
    rows: own.reduce((sum, { rows }) => sum + rows, 0),
  }));
}

export function unknownPerson(finder: PersonFinder): PlayheadError {
  return new PlayheadError(
    'PH_PERSON_UNKNOWN',
    `nothing in this home names the ${finder.person.field} that was given`,
    {
      hint: 'Nothing was changed. Ids are compared exactly: look for capitals, and for the field in the definitions.',
      details: { field: finder.person.field },
    },
  );
}
