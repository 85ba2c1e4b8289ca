import { relative } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { eraseInSqlite } from '../../base/erase-sqlite.ts';
import { PlayheadError } from '../../base/errors.ts';
import { bucketObjects, bucketVersions } from './bucket-contents.ts';
import type { Certificate, ErasedPlace } from './certificate.ts';
import { eraseCopies } from './erase-copies.ts';
import { eraseFiles } from './erase-files.ts';
import { eraseLake } from './erase-lake.ts';
import { rememberErased } from './erased-people.ts';
import { erasuresFolder, type ReplacedObject } from './journal.ts';
import type { PersonFinder } from './person-finder.ts';
import { type Erasing, searchingOf } from './ports.ts';
import { redactedText } from './redact-json.ts';
import { searchFile } from './search-file.ts';
import { filesUnder, type HomeSearch, searchHome } from './search-home.ts';

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

/** What was done, for the certificate; and what is left to do. */
export interface PersonErased extends Pick<Certificate, 'places' | 'rewritten' | 'verification'> {
  /** Addresses of jobs that have to make partitions anew, of what they stand on now. */
  readonly behind: readonly string[];
}

/**
 * Takes a person out of everything a home keeps, and looks whether it did. To be called while nobody delivers, runs jobs or
 * erases. Done again after a crash at any step, it goes on from its journal. First the log takes nothing more of them; then every
 * place is erased before the next is begun, in this order: log, lake, commits, catalog, copies of what was replaced, state, other files.
 */
export async function erasePerson(erasing: Erasing, effects: Effects): Promise<PersonErased> {
  const places: ErasedPlace[] = [];
  const behind: string[] = [];
  const rewritten: ReplacedObject[] = [];
  await rememberErased(erasing.ports.home, erasing.finder.person, effects);
  await effects.reached('erase.remembered');
  for (let round = 1; ; round += 1) {
    places.push(...(await eraseLog(erasing)));
    await effects.reached('erase.log');
    const objects = await eraseLake(erasing, effects);
    rewritten.push(...objects.replaced);
    behind.push(...objects.behind);
    places.push(...objects.places);
    await effects.reached('erase.lake');
    places.push(...(await eraseCopies(erasing, objects.replaced, effects)));
    places.push(...eraseState(erasing, await sqliteFiles(erasing.ports.home, effects)));
    await effects.reached('erase.state');
    places.push(...(await eraseFiles(erasing.ports.home, searchingOf(erasing), effects)));
    const verification = await verify(erasing, effects);
    if (verification.findings.length === 0 || round === mostRounds) {
      return { places: summed(places), rewritten, verification, behind: [...new Set(behind)] };
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
