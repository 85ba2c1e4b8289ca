import { createHash } from 'node:crypto';
import { codecs } from '../delivery/compression.ts';
import type { DuckSession } from '../duck/duck.ts';
import { sqlString } from '../duck/duck.ts';
import { holding, listAll, type ObjectInfo, type ObjectStore, readAll } from '../lake/object-store.ts';
import { isRetained, versionFile } from '../table/retained.ts';
import type { CommittedVersion, MissingObject } from './account.ts';
import type { Fault } from './fault.ts';

/** What is looked at of each object besides that it is there with the etag that was committed. */
export interface DeepCheck {
  readonly session: DuckSession;
  readonly onObject: (done: number, of: number) => void;
}

export interface VerifiedObjects<T extends CommittedVersion> {
  readonly missing: readonly (T & MissingObject)[];
  readonly faults: readonly Fault[];
}

/** Objects under prefixes, by key, with what the store knows of their content. */
export async function contentsOf(
  lake: ObjectStore,
  prefixes: Iterable<string>,
): Promise<ReadonlyMap<string, ObjectInfo>> {
  const found = new Map<string, ObjectInfo>();
  for (const prefix of new Set(prefixes)) for await (const info of listAll(lake, prefix)) found.set(info.key, info);
  return found;
}

/**
 * Which objects the lake does not hold as they were committed. The store's own checksums are believed; a deep check reads
 * every byte and counts the rows of what it can read (lines, Parquet). One that a job replaces just now is still there for
 * its readers: it was copied aside.
 */
export async function verifyObjects<T extends CommittedVersion>(
  lake: ObjectStore,
  contents: ReadonlyMap<string, ObjectInfo>,
  objects: readonly T[],
  deep?: DeepCheck,
): Promise<VerifiedObjects<T>> {
  const missing: (T & MissingObject)[] = [];
  const faults: Fault[] = [];
  for (const [done, object] of objects.entries()) {
    const listed = contents.get(object.key);
    // A job may have replaced it since the list was made.
    const stored = listed?.etag === object.etag ? listed : await lake.head(object.key);
    const wrong = stored?.etag !== object.etag && !(await isRetained(lake, object));
    if (wrong) {
      const gone = { ...object, changed: stored !== undefined };
      missing.push(gone);
      faults.push(missingFault(gone));
    } else if (deep !== undefined) {
      deep.onObject(done, objects.length);
      const fault = await lookInside(lake, object, stored?.etag === object.etag, deep.session);
      if (fault?.kind === 'object-changed') missing.push({ ...object, changed: true });
      if (fault !== undefined) faults.push(fault);
    }
  }
  return { missing, faults };
}

export function placeOf({ series, commit, flush, key }: CommittedVersion): Fault['place'] {
  return { series, commit, ...(flush === undefined ? {} : { flush }), object: key };
}

const held = { data: '', error: 'error ', backup: 'backup ', quarantine: 'quarantine ', sidecar: 'sidecar ' } as const;

function missingFault(object: CommittedVersion & MissingObject): Fault {
  const { key, rows, changed } = object;
  return {
    kind: changed ? 'object-changed' : 'object-missing',
    message: `${changed ? 'changed' : 'missing'} in the lake: ${held[object.holds]}${key}, ${rows} rows`,
    rows,
    place: placeOf(object),
  };
}

async function lookInside(
  lake: ObjectStore,
  object: CommittedVersion,
  inPlace: boolean,
  session: DuckSession,
): Promise<Fault | undefined> {
  const { key, etag, sha256, rows } = object;
  if (inPlace && sha256 !== undefined) {
    const hash = createHash('sha256');
    const changed: Fault = {
      kind: 'object-changed',
      message: `changed in the lake: ${held[object.holds]}${key}, ${rows} rows, found by reading its bytes`,
      rows,
      place: placeOf(object),
    };
    try {
      for await (const part of (await lake.get(key, { ifMatch: etag })).body) hash.update(part);
    } catch {
      // The store itself compares what it reads with what it wrote.
      return changed;
    }
    if (hash.digest('hex') !== sha256) return changed;
  }
  const found = await rowsIn(lake, object, inPlace, session);
  if (found === undefined || found === rows) return undefined;
  return {
    kind: 'rows-differ',
    message: `${key} holds ${found} rows, its commit says ${rows}`,
    rows: Math.abs(found - rows),
    place: placeOf(object),
  };
}

/** Undefined for what is not Parquet nor lines in a packing that deliveries use. */
async function rowsIn(
  lake: ObjectStore,
  { key, etag, holds }: CommittedVersion,
  inPlace: boolean,
  session: DuckSession,
): Promise<number | undefined> {
  if (key.endsWith('.parquet')) {
    await using held = new AsyncDisposableStack();
    const path = await versionFile(holding(lake, held), { key, etag });
    return Number(await session.value(`SELECT num_rows FROM parquet_file_metadata(${sqlString(path)})`));
  }
  const codec = Object.values(codecs).findLast(({ extension }) => key.endsWith(`.json${extension}`));
  if (codec === undefined || !inPlace || holds === 'backup') return undefined;
  const lines = await codec.unpack((await readAll(lake, key)).bytes);
  let count = 0;
  for (let at = lines.indexOf(0x0a); at >= 0; at = lines.indexOf(0x0a, at + 1)) count += 1;
  // A last line may have no end.
  return lines.length > 0 && lines.at(-1) !== 0x0a ? count + 1 : count;
}
