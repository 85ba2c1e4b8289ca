import { dirname, join, relative } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { packingOf, unpacked } from '../../lake/packing.ts';
import type { ErasedPlace } from './certificate.ts';
import { type Searching, searchFile } from './search-file.ts';
import { emptyFolders, filesUnder } from './search-home.ts';
import { linesOf, packedAs } from './text-lines.ts';

/** Can be made again: a file there goes whole. */
const remade = ['cache', 'tmp'];
/** Have an erasure of their own, or, as the audit log, never held an id. */
const others = ['lake', 'log', 'audit.ndjson', 'hash.key', 'erased.json', 'encryption.json', 'layout.json'];

/** Takes the person out of what else lies in the home: caches, spools, truth files, exported lines. */
export async function eraseFiles(
  home: string,
  searching: Searching,
  effects: Effects,
): Promise<readonly ErasedPlace[]> {
  const places: ErasedPlace[] = [];
  for await (const path of filesUnder(home, effects)) {
    const name = relative(home, path);
    const [top = ''] = name.split('/');
    if (others.includes(top) || /\.sqlite(-wal|-shm)?$/.test(name) || path === searching.scratchFile) continue;
    const { container, names } = await searchFile(path, searching, effects);
    const isNamed = searching.finder.renamed(name) !== name;
    if (!names && !isNamed) continue;
    if (remade.includes(top)) await effects.fs.rm(path, { force: true });
    else {
      const isLines = ['text', 'gzip', 'zstd', 'zip', 'snappy'].includes(container);
      if (names && isLines) await rewriteLines(path, searching, effects);
      if (isNamed) await rename(home, name, searching, effects);
      else if (!isLines) continue;
    }
    places.push({ place: remade.includes(top) ? `${top}/` : searching.finder.renamed(name), files: 1, rows: 0 });
  }
  for await (const folder of emptyFolders(home, effects))
    if (searching.finder.renamed(relative(home, folder)) !== relative(home, folder)) await effects.fs.rmdir(folder);
  return places;
}

async function rename(home: string, name: string, { finder }: Searching, { fs }: Effects): Promise<void> {
  const to = join(home, finder.renamed(name));
  await fs.mkdir(dirname(to), { recursive: true });
  await fs.rename(join(home, name), to);
}

/** The file without the lines about the person, written aside and put in its place. */
async function rewriteLines(path: string, { finder }: Searching, { fs }: Effects): Promise<void> {
  const handle = await fs.open(path, 'r');
  const aside = join(`${path}.erasing`);
  try {
    const head = Buffer.alloc(8);
    await handle.read(head, 0, 8, 0);
    const packing = packingOf(head, path);
    const kept = async function* (): AsyncGenerator<Uint8Array> {
      const body = handle.createReadStream({ start: 0, autoClose: false });
      for await (const line of linesOf(unpacked(body, packing))) if (!finder.inRecord(line)) yield line;
    };
    const out = await fs.open(aside, 'w');
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
