import { dirname, join, relative } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { packingOf, unpacked } from '../../lake/packing.ts';
import { homeFiles } from '../home-files.ts';
import type { ErasedPlace } from './certificate.ts';
import { rewriteDocument } from './json-document.ts';
import type { PersonFinder } from './person-finder.ts';
import { type Searching, searchFile } from './search-file.ts';
import { emptyFolders, filesUnder } from './search-home.ts';
import { packedAs, recordsOf } from './text-lines.ts';

/** Can be made again: a file there goes whole. */
const remade = ['cache', 'tmp'];
/** Have an erasure of their own, or, as the audit log, never held an id. */
const others = [
  'lake',
  'log',
  homeFiles.audit,
  homeFiles.secret,
  homeFiles.erased,
  homeFiles.encryption,
  homeFiles.layout,
];
/** Ways a file can be read in which lines can go. */
const ofLines = ['text', 'gzip', 'zstd', 'zip', 'snappy'];

/** Takes the person out of what else lies in the home: applied definitions, caches, spools, truth files, exported lines. */
export async function eraseFiles(
  home: string,
  searching: Searching,
  effects: Effects,
): Promise<readonly ErasedPlace[]> {
  const { finder, scratchFile } = searching;
  const places: ErasedPlace[] = [];
  for await (const path of filesUnder(home, effects)) {
    const name = relative(home, path);
    const [top = ''] = name.split('/');
    if (others.includes(top) || /\.sqlite(-wal|-shm)?$/.test(name) || path === scratchFile) continue;
    const { container, names } = await searchFile(path, searching, effects);
    const isNamed = finder.renamed(name) !== name;
    if (!names && !isNamed) continue;
    const isRemade = remade.includes(top);
    if (isRemade) await effects.fs.rm(path, { force: true });
    const isRewritten = !isRemade && names && (await rewritten(path, container, finder, effects));
    if (!isRemade && isNamed) await rename(home, name, finder, effects);
    if (isRemade || isRewritten || isNamed)
      places.push({ place: isRemade ? `${top}/` : finder.renamed(name), files: 1, rows: 0 });
  }
  for await (const folder of emptyFolders(home, effects))
    if (finder.renamed(relative(home, folder)) !== relative(home, folder)) await effects.fs.rmdir(folder);
  return places;
}

async function rename(home: string, name: string, finder: PersonFinder, { fs }: Effects): Promise<void> {
  const to = join(home, finder.renamed(name));
  await fs.mkdir(dirname(to), { recursive: true });
  await fs.rename(join(home, name), to);
}

/** Whether the file could be written anew without the person: as the JSON document that it is, else line by line. */
async function rewritten(path: string, container: string, finder: PersonFinder, effects: Effects): Promise<boolean> {
  if (!ofLines.includes(container)) return false;
  if (container === 'text' && path.endsWith('.json')) {
    const outcome = await rewriteDocument(path, finder, effects);
    if (outcome !== 'no document') return outcome === 'rewritten';
  }
  await rewriteLines(path, finder, effects);
  return true;
}

/** The file without the lines about the person, written aside and put in its place. */
async function rewriteLines(path: string, finder: PersonFinder, { fs }: Effects): Promise<void> {
  const handle = await fs.open(path, 'r');
  const aside = `${path}.erasing`;
  try {
    const head = Buffer.alloc(8);
    await handle.read(head, 0, 8, 0);
    const packing = packingOf(head, path);
    const kept = async function* (): AsyncGenerator<Uint8Array> {
      const body = handle.createReadStream({ start: 0, autoClose: false });
      for await (const line of recordsOf(unpacked(body, packing), path)) if (!finder.inRecord(line)) yield line;
    };
    const out = await fs.open(aside, 'w', (await handle.stat()).mode);
    try {
      for await (const part of packedAs(kept(), packing)) await out.writeFile(part);
      await out.sync();
    } finally {
      await out.close();
    }
    await fs.rename(aside, path);
  } finally {
    await handle.close();
  }
}
