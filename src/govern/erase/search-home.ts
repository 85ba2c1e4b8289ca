import { join, relative } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { systemCode } from '../../lake/storage-error.ts';
import { type Searching, searchFile } from './search-file.ts';

/** A file that names the person. */
export interface Finding {
  /** From the home; an id in it is left out. */
  readonly file: string;
  readonly container: string;
}

export interface HomeSearch {
  readonly files: number;
  readonly bytes: number;
  /** Files by how they were read. */
  readonly containers: Readonly<Record<string, number>>;
  readonly findings: readonly Finding[];
}

/** Paths under a folder, links and special files left out; a file that goes meanwhile may be among them. */
export async function* filesUnder(folder: string, effects: Effects): AsyncGenerator<string> {
  const entries = await effects.fs.readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(cause))) return [];
    throw cause;
  });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path, effects);
    else if (entry.isFile()) yield path;
  }
}

/** Folders with nothing in them, the innermost first: one that is empty once they are gone comes after them. */
export async function* emptyFolders(folder: string, effects: Effects): AsyncGenerator<string> {
  for (const entry of await effects.fs.readdir(folder, { withFileTypes: true }))
    if (entry.isDirectory()) yield* emptyFolders(join(folder, entry.name), effects);
  if ((await effects.fs.readdir(folder)).length === 0) yield folder;
}

/**
 * Opens every file of a home, whatever it is packed in, and looks for the person: names of files too. It knows nothing of
 * what an erasure did, so that a place that the erasure forgot is found.
 */
export async function searchHome(
  home: string,
  searching: Searching,
  effects: Effects,
  onFile: (files: number) => void = () => {},
): Promise<HomeSearch> {
  const containers: Record<string, number> = {};
  const findings: Finding[] = [];
  let [files, bytes] = [0, 0];
  for await (const path of filesUnder(home, effects)) {
    const size = effects.fs.lstatSync(path, { throwIfNoEntry: false })?.size;
    // Our own process writes this one while it is read.
    if (size === undefined || path === searching.scratchFile) continue;
    files += 1;
    bytes += size;
    onFile(files);
    const name = relative(home, path);
    const file = searching.finder.renamed(name);
    const found = await searchFile(path, searching, effects).catch((cause: unknown) => {
      if (systemCode(cause) === 'ENOENT') return undefined;
      throw cause;
    });
    if (found === undefined) continue;
    containers[found.container] = (containers[found.container] ?? 0) + 1;
    if (found.names) findings.push({ file, container: found.container });
    else if (file !== name) findings.push({ file, container: 'name of a file' });
  }
  for await (const path of emptyFolders(home, effects)) {
    const name = relative(home, path);
    const file = searching.finder.renamed(name);
    if (file !== name) findings.push({ file, container: 'name of a folder' });
  }
  return { files, bytes, containers, findings };
}
