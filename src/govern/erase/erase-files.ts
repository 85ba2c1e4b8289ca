import { join, relative } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import type { ErasedPlace } from './certificate.ts';
import { type Searching, searchFile } from './search-file.ts';
import { filesUnder } from './search-home.ts';
import { linesOf, packedAs, packingOf, unpacked } from './text-lines.ts';

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
    if (!names) continue;
    if (remade.includes(top)) await effects.fs.rm(path, { force: true });
    else if (['text', 'gzip', 'zstd', 'zip', 'snappy'].includes(container))
      await rewriteLines(path, searching, effects);
    else continue;
    places.push({ place: searching.finder.redacted(remade.includes(top) ? `${top}/` : name), files: 1, rows: 0 });
  }
  return places;
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
