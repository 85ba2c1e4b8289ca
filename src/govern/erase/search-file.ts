import { DatabaseSync } from 'node:sqlite';
import { zstdDecompressSync } from 'node:zlib';
import type { Effects } from '../../base/effects.ts';
import { isSealed, openEnvelope } from '../../base/envelope.ts';
import { readParts } from '../../base/file-parts.ts';
import type { KeyRing } from '../../base/key-ring.ts';
import { plainSize, readEnvelope, readSealed } from '../../base/sealed-file.ts';
import type { DuckSession } from '../../duck/duck.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import { packingOf, unpacked } from '../../lake/packing.ts';
import { columnsOf, isParquet } from './find-in-object.ts';
import type { PersonFinder } from './person-finder.ts';
import { linesOf } from './text-lines.ts';

/** What it takes to read every container. */
export interface Searching {
  readonly finder: PersonFinder;
  readonly ring: KeyRing | undefined;
  readonly session: DuckSession;
  /** A path for a decrypted Parquet file while it is read. */
  readonly scratchFile: string;
}

export interface SearchedFile {
  /** How it was read: `gzip`, `encrypted parquet`. */
  readonly container: string;
  readonly names: boolean;
}

/** Longer than any id, and than its base64. */
const overlapBytes = 16 * 1024;

/** Whether a file names the person, in whatever it is packed. A file that can't be decoded is searched as it stands. */
export async function searchFile(path: string, searching: Searching, effects: Effects): Promise<SearchedFile> {
  const handle = await effects.fs.open(path, 'r');
  try {
    const { size } = await handle.stat();
    const head = Buffer.alloc(Math.min(size, 64));
    await handle.read(head, 0, head.length, 0);
    if (!isSealed(head)) return await searchContent(path, head, () => readParts(handle, 0, size), searching);
    const envelope = await readEnvelope(handle);
    if (envelope === undefined) return { container: 'encrypted', names: false };
    const { chunkBytes } = openEnvelope(envelope, searching.ring, path);
    const range = { start: 0, end: plainSize(size, chunkBytes) };
    const body = (): AsyncGenerator<Uint8Array> => readSealed(handle, size, range, searching.ring, path);
    const inner = await searchContent(path, await firstBytes(body()), body, searching, effects);
    return { ...inner, container: `encrypted ${inner.container}` };
  } finally {
    await handle.close();
  }
}

/** `effects` where the content is not the file's own: what reads by path then gets a copy. */
async function searchContent(
  path: string,
  head: Buffer,
  body: () => AsyncIterable<Uint8Array>,
  searching: Searching,
  effects?: Effects,
): Promise<SearchedFile> {
  const { finder } = searching;
  if (isParquet(head)) {
    const file = effects === undefined ? path : await copied(body(), searching.scratchFile, effects);
    const names = (await inParquet(file, searching)) || (finder.isTelling && (await inWindows(body(), finder)));
    if (effects !== undefined) await effects.fs.rm(file, { force: true });
    return { container: 'parquet', names };
  }
  if (head.toString('latin1', 0, 15) === 'SQLite format 3')
    return { container: 'sqlite', names: (await inWindows(body(), finder)) || inSqlite(path, finder) };
  if (head.toString('latin1', 0, 5) === 'PHLOG') return { container: 'log', names: await inSegment(body(), finder) };
  const packing = packingOf(head, path);
  if (packing === 'none') {
    const isText = !head.includes(0);
    return { container: isText ? 'text' : 'bytes', names: await (isText ? inLines : inWindows)(body(), finder) };
  }
  try {
    return { container: packing, names: await inLines(unpacked(body(), packing), finder) };
  } catch {
    // Cut short, or no such container after all: whatever it is, its bytes are looked at.
    return { container: `damaged ${packing}`, names: await inWindows(body(), finder) };
  }
}

async function inLines(body: AsyncIterable<Uint8Array>, finder: PersonFinder): Promise<boolean> {
  for await (const line of linesOf(body)) if (finder.inRecord(line)) return true;
  return false;
}

async function inWindows(body: AsyncIterable<Uint8Array>, finder: PersonFinder): Promise<boolean> {
  let held: Buffer = Buffer.alloc(0);
  for await (const part of body) {
    const window = Buffer.concat([held, part]);
    if (finder.inText(window)) return true;
    held = window.subarray(Math.max(0, window.length - overlapBytes));
  }
  return false;
}

async function inParquet(file: string, { session, finder }: Searching): Promise<boolean> {
  const condition = finder.strictCondition(await columnsOf(session, file));
  const found = await session.value(`SELECT 1 FROM ${parquetRows(file)} WHERE ${condition} LIMIT 1`);
  return found !== undefined;
}

/** What is spread over pages, or only in the log beside the file, no search of the bytes meets. */
function inSqlite(path: string, finder: PersonFinder): boolean {
  const database = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    return tables.some(({ name }) => {
      const rows = database.prepare(`SELECT * FROM "${String(name).replaceAll('"', '""')}"`);
      rows.setReadBigInts(true);
      for (const row of rows.iterate())
        for (const value of Object.values(row)) {
          if (typeof value === 'string' && finder.inRecord(Buffer.from(value))) return true;
          if (value instanceof Uint8Array && finder.inText(value)) return true;
        }
      return false;
    });
  } finally {
    database.close();
  }
}

/**
 * Plain frames one after the other, as their headers say (see the log's frame format), those that no index names among them.
 * Sealed frames don't say where they end: those the log itself is asked about.
 */
async function inSegment(body: AsyncIterable<Uint8Array>, finder: PersonFinder): Promise<boolean> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  const bytes = Buffer.concat(parts);
  if (finder.isTelling && finder.inText(bytes)) return true;
  for (let at = 8; at + 32 <= bytes.length && bytes.readUInt32LE(at) === 0x31464850; ) {
    let from = at + 32;
    for (const [plainBytes, storedBytes] of [
      [bytes.readUInt32LE(at + 16), bytes.readUInt32LE(at + 20)],
      [bytes.readUInt32LE(at + 24), bytes.readUInt32LE(at + 28)],
    ] as const) {
      const stored = bytes.subarray(from, from + storedBytes);
      from += storedBytes;
      if (stored.length < storedBytes) break;
      const plain = storedBytes === plainBytes ? stored : zstdDecompressSync(stored);
      if (
        (finder.isTelling && finder.inText(plain)) ||
        plain
          .toString('latin1')
          .split('\n')
          .some((line) => finder.inRecord(Buffer.from(line, 'latin1')))
      )
        return true;
    }
    at = from;
  }
  return false;
}

async function firstBytes(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  for await (const part of body) return Buffer.from(part.subarray(0, 64));
  return Buffer.alloc(0);
}

async function copied(body: AsyncIterable<Uint8Array>, path: string, { fs }: Effects): Promise<string> {
  const handle = await fs.open(path, 'w', 0o600);
  try {
    for await (const part of body) await handle.writeFile(part);
    return path;
  } finally {
    await handle.close();
  }
}
