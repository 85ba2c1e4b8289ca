import { dirname, join } from 'node:path';
import { bodyOf } from './file-read.ts';
import type { VersionKeeper } from './file-state.ts';
import { type FileObject, fingerprintOf, objectInfo, pathInside, readContent, type StoreFolder } from './file-state.ts';
import { walkKeys } from './file-walk.ts';
import { changed, missing } from './object-condition.ts';
import type { Fingerprint } from './object-index.ts';
import { invalid } from './object-key.ts';
import type { ObjectVersions, StoredObject, VersionInfo } from './object-store.ts';
import { systemCode } from './storage-error.ts';

const heldIn = '.versions';

/** A content that is no longer the object of its key, or a mark that the object was deleted. */
interface HeldVersion {
  readonly name: string;
  readonly versionId: string;
  readonly sequence: number;
  readonly noncurrentSinceMs: number;
  readonly deleted: boolean;
}

/** Leases and what jobs keep aside change by the second and are nobody's data. */
function isVersioned(key: string): boolean {
  return !key.startsWith('_playhead/');
}

/**
 * Replaced and deleted contents, under the store's own folder as `versions/<key>/.versions/<sequence>-<since>-<id>`: hard
 * links, made before the object is replaced, so that a crash in between leaves the content twice and never not at all.
 */
export function versionKeeper(store: StoreFolder, root: string): VersionKeeper {
  const { fs, clock } = store.effects;
  const next = (key: string): { folder: string; held: readonly HeldVersion[]; start: string; sequence: number } => {
    const folder = join(root, key, heldIn);
    fs.mkdirSync(folder, { recursive: true });
    const held = heldVersions(fs.readdirSync(folder));
    const sequence = (held[0]?.sequence ?? 0) + 1;
    return { folder, held, sequence, start: `${String(sequence).padStart(8, '0')}-${clock.now()}` };
  };
  return {
    check: (key) => {
      if (key.split('/').includes(heldIn)) throw invalid(key, `it has a segment ${heldIn}, where versions are kept`);
    },
    keep: (key) => {
      const present = fingerprintOf(store, key);
      if (present === undefined || !isVersioned(key)) return;
      const id = versionIdOf(present);
      const { folder, held, start } = next(key);
      const kept = held.find(({ versionId }) => versionId === id);
      // A process that died before its replacement had kept it already.
      if (kept !== undefined) fs.renameSync(join(folder, kept.name), join(folder, `${start}-${id}`));
      else fs.linkSync(join(store.root, key), join(folder, `${start}-${id}`));
    },
    markDeleted: (key) => {
      if (!isVersioned(key)) return;
      const { folder, start, sequence } = next(key);
      fs.writeFileSync(join(folder, `${start}-deleted.${sequence}`), '', { flag: 'wx' });
    },
  };
}

/** Versions as the port gives them. */
export function fileVersions(store: StoreFolder, root: string): ObjectVersions {
  const { fs } = store.effects;
  const folderOf = (key: string): string => join(root, key, heldIn);
  const heldOf = (key: string): readonly HeldVersion[] => {
    try {
      return heldVersions(fs.readdirSync(folderOf(key)));
    } catch (cause) {
      if (['ENOENT', 'ENOTDIR'].includes(systemCode(cause))) return [];
      throw cause;
    }
  };
  return {
    list: async function* (prefix) {
      let last: string | undefined;
      for await (const entry of walkKeys(root, prefix, '', false, fs)) {
        const end = entry.key.lastIndexOf(`/${heldIn}/`);
        const key = entry.key.slice(0, end);
        if (end === -1 || key === last) continue;
        last = key;
        yield* versionsOf(store, key, heldOf(key), folderOf(key));
      }
      for await (const { key } of walkKeys(store.root, prefix, '', false, fs))
        if (heldOf(key).length === 0) yield* versionsOf(store, key, [], folderOf(key));
    },
    get: async (key, versionId, options = {}) => getVersion(store, key, versionId, heldOf(key), folderOf(key), options),
    delete: async (key, versionId) => {
      const path = pathInside(store, key);
      store.index.exclusively(() => {
        const present = fingerprintOf(store, key);
        const held = heldOf(key).filter((each) => each.versionId !== presentId(present));
        if (present !== undefined && versionIdOf(present) === versionId) {
          for (const each of heldOf(key))
            if (each.versionId === versionId) fs.unlinkSync(join(folderOf(key), each.name));
          fs.unlinkSync(path);
          promote(store, path, held, folderOf(key));
          return;
        }
        const [newest] = held;
        const meant = held.find((each) => each.versionId === versionId);
        if (meant === undefined) return;
        fs.unlinkSync(join(folderOf(key), meant.name));
        if (present === undefined && meant === newest && meant.deleted)
          promote(store, path, held.slice(1), folderOf(key));
      });
      store.index.forget(indexKey(key, versionId));
    },
  };
}

/** The newest version is the object again, unless it says that the object was deleted. */
function promote({ effects: { fs } }: StoreFolder, path: string, held: readonly HeldVersion[], folder: string): void {
  const [newest] = held;
  if (newest === undefined || newest.deleted) return;
  fs.mkdirSync(dirname(path), { recursive: true });
  fs.renameSync(join(folder, newest.name), path);
}

async function* versionsOf(
  store: StoreFolder,
  key: string,
  held: readonly HeldVersion[],
  folder: string,
): AsyncGenerator<VersionInfo> {
  const present = fingerprintOf(store, key);
  if (present !== undefined) {
    const info = await contentInfo(store, key, join(store.root, key), present);
    if (info !== undefined) yield { ...info.info, kind: 'object', versionId: versionIdOf(present), latest: true };
  }
  let latest = present === undefined;
  for (const version of held) {
    if (version.versionId === presentId(present)) continue;
    const { versionId, noncurrentSinceMs } = version;
    const since = latest ? {} : { noncurrentSinceMs };
    if (version.deleted) {
      yield { key, versionId, kind: 'delete-marker', latest, sizeBytes: 0, modifiedMs: noncurrentSinceMs, ...since };
    } else {
      const found = await heldContent(store, key, version, folder);
      if (found !== undefined) yield { ...found.info, versionId, kind: 'object', latest: false, noncurrentSinceMs };
    }
    latest = false;
  }
}

async function getVersion(
  store: StoreFolder,
  key: string,
  versionId: string,
  held: readonly HeldVersion[],
  folder: string,
  { range }: { readonly range?: { readonly start: number; readonly end: number } },
): Promise<StoredObject> {
  const path = pathInside(store, key);
  const present = fingerprintOf(store, key);
  const version = held.find((each) => each.versionId === versionId && !each.deleted);
  const current = present !== undefined && versionIdOf(present) === versionId;
  if (!current && version === undefined) throw missing(`${key}, version ${versionId}`);
  const file = current || version === undefined ? path : join(folder, version.name);
  const handle = await store.effects.fs.open(file, 'r').catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') throw changed(key);
    throw cause;
  });
  const stat = await handle.stat({ bigint: true });
  const fingerprint = { inode: stat.ino, sizeBytes: stat.size, modifiedNs: stat.mtimeNs };
  const found = await contentInfo(store, key, file, fingerprint);
  if (found === undefined) {
    await handle.close();
    throw changed(key);
  }
  return { info: found.info, body: bodyOf(store, handle, found, range) };
}

async function heldContent(store: StoreFolder, key: string, { name }: HeldVersion, folder: string) {
  const stat = store.effects.fs.lstatSync(join(folder, name), { throwIfNoEntry: false, bigint: true });
  if (stat === undefined) return undefined;
  const fingerprint = { inode: stat.ino, sizeBytes: stat.size, modifiedNs: stat.mtimeNs };
  return contentInfo(store, key, join(folder, name), fingerprint);
}

/** Undefined where the file has gone. */
async function contentInfo(
  store: StoreFolder,
  key: string,
  path: string,
  fingerprint: Fingerprint,
): Promise<FileObject | undefined> {
  const name = indexKey(key, versionIdOf(fingerprint));
  const known =
    store.index.lookup(name, fingerprint) ?? (await readContent(store, path, Number(fingerprint.sizeBytes), key));
  if (known === undefined) return undefined;
  store.index.record(name, fingerprint, known);
  return { info: objectInfo(key, fingerprint, known), fingerprint };
}

/** A name that no key can have. */
function indexKey(key: string, versionId: string): string {
  return `${key}\u0001${versionId}`;
}

/** Newest first. */
function heldVersions(names: readonly string[]): readonly HeldVersion[] {
  return names
    .flatMap((name) => {
      const parts = /^(\d{8,})-(-?\d+)-(.+)$/.exec(name);
      if (parts === null) return [];
      const [, sequence, since, versionId = ''] = parts;
      return {
        name,
        versionId,
        sequence: Number(sequence),
        noncurrentSinceMs: Number(since),
        deleted: versionId.startsWith('deleted.'),
      };
    })
    .sort((a, b) => b.sequence - a.sequence);
}

function presentId(present: Fingerprint | undefined): string | undefined {
  return present === undefined ? undefined : versionIdOf(present);
}

/** Of the file itself, so that it needs no record: a hard link has the same, and a put is always another file. */
function versionIdOf({ inode, modifiedNs }: Fingerprint): string {
  return `${(modifiedNs / 1_000_000n).toString(36)}-${inode.toString(36)}`;
}
