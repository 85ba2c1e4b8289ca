import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Effects } from '../base/effects.ts';
import { isPlayheadError, PlayheadError } from '../base/errors.ts';
import { listAll, type ObjectInfo, type ObjectStore, readAll } from '../lake/object-store.ts';
import { encodeJson, readJson } from './json-object.ts';
import { checkSeriesName, seriesKey, seriesRoot } from './series-keys.ts';

/** Under which copies of commits lie, many to an object. They can be deleted at any time. */
export const packedRoot = '_playhead/packed/';

/** Commits of one block: blocks begin at its multiples. */
export const packedTogether = 256;

/** Blocks that one call makes at most: what was deleted comes back over the next ones, and no commit waits long for it. */
const blocksAtOnce = 2;

/** Commits from a multiple of `packedTogether` on: their texts, byte by byte as they are stored, and the etag of each. */
interface Block {
  readonly format: 1;
  readonly commits: readonly string[];
  readonly etags?: readonly string[];
}

const pack = promisify<Uint8Array, { level: number }, Buffer>(gzip);
const unpack = promisify<Uint8Array, Buffer>(gunzip);

/** Key of the block that has commit n, where it was packed. */
export function blockOf(name: string, n: number): string {
  return `${packedRoot}${name}/${String(n - (n % packedTogether)).padStart(10, '0')}.json.gz`;
}

/** A commit as it is stored. */
export interface StoredCommit<Commit> {
  readonly n: number;
  readonly etag: string;
  readonly commit: Commit;
}

/**
 * Copies the commits below `next` into blocks, as far as they are not, so that reading them all takes a look at each and
 * a read for every 256. Idempotent. A block whose commits are not all there is left out. Returns the number of blocks made.
 */
export async function packCommits(store: ObjectStore, name: string, next: number, effects: Effects): Promise<number> {
  const there = new Set<string>();
  for await (const { key } of listAll(store, `${packedRoot}${name}/`)) there.add(key);
  let made = 0;
  for (let first = 0; first + packedTogether <= next && made < blocksAtOnce; first += packedTogether) {
    if (there.has(blockOf(name, first))) continue;
    const block = await makeBlock(store, name, first);
    if (block === undefined) continue;
    await effects.reached('series.packing');
    await putBlock(store, blockOf(name, first), await pack(encodeJson(block), { level: 1 }));
    made += 1;
  }
  return made;
}

/** Makes every block of a series anew: readers pass over one that is damaged, and only this replaces it. */
export async function repackCommits(store: ObjectStore, name: string, next: number, effects: Effects): Promise<void> {
  for await (const { key } of listAll(store, `${packedRoot}${name}/`)) await store.delete(key);
  while ((await packCommits(store, name, next, effects)) > 0) {}
}

/**
 * Every commit of a series that the store has, from number `from` on, in order; a gap is a removed one. The list of commits alone says which there are and
 * what each holds: of a block, a commit is taken only where its text has the checksum that the list says, or the etag, on a
 * store whose lists have no checksum. So a block that is missing, damaged or out of date costs time and changes nothing.
 * PH_STATE_CORRUPT for what is not JSON.
 */
export async function* storedCommits<Commit>(
  store: ObjectStore,
  name: string,
  from = 0,
): AsyncGenerator<StoredCommit<Commit>> {
  checkSeriesName(name);
  let first = -1;
  let block = noBlock;
  const before = from === 0 ? undefined : seriesKey(name, 'commit', from - 1);
  for await (const info of listAll(store, `${seriesRoot}${name}/commit/`, before)) {
    const n = Number(/\/(\d+)\.json$/.exec(info.key)?.[1] ?? Number.NaN);
    if (Number.isNaN(n)) continue;
    const start = n - (n % packedTogether);
    if (start !== first) [first, block] = [start, await readBlock(store, blockOf(name, start))];
    const commit = trusted<Commit>(block, n - start, info) ?? (await readJson<Commit>(store, info.key))?.value;
    if (commit !== undefined) yield { n, etag: info.etag, commit };
  }
}

/**
 * Commits of a series whose text holds `mark`, in order, up to the head. Blocks are believed, and no commit that is in one is looked
 * at: a small part of what `storedCommits` costs, for what is shown to people. Nothing may be decided or accounted for by it.
 */
export async function* commitsHolding<Commit>(
  store: ObjectStore,
  name: string,
  mark: string,
): AsyncGenerator<Omit<StoredCommit<Commit>, 'etag'>> {
  checkSeriesName(name);
  for (let first = 0; ; first += packedTogether) {
    const { commits: texts } = await readBlock(store, blockOf(name, first));
    for (let n = first; n < first + packedTogether; n += 1) {
      const text = texts[n - first] ?? (await readText(store, seriesKey(name, 'commit', n)))?.text;
      if (text === undefined) return;
      if (text.includes(mark)) yield { n, commit: parsed<Commit>(text, seriesKey(name, 'commit', n)) };
    }
  }
}

/** PH_STATE_CORRUPT for what is not JSON. */
function parsed<Commit>(text: string, key: string): Commit {
  try {
    // Commits belong to one writer's code each, which is also their reader's.
    return JSON.parse(text) as Commit;
  } catch (cause) {
    throw new PlayheadError('PH_STATE_CORRUPT', `${key} is not JSON`, { cause, details: { key } });
  }
}

/** The commit that a block's text is, undefined where it is not what the store holds under the commit's own key. */
function trusted<Commit>({ commits, etags = [] }: Block, at: number, { sha256, etag }: ObjectInfo): Commit | undefined {
  const text = commits[at];
  if (text === undefined) return undefined;
  // A listing of S3 has no checksums. The block's own, gzip's, then vouches for the text.
  const isStored =
    sha256 === undefined ? etags[at] === etag : createHash('sha256').update(text).digest('hex') === sha256;
  if (!isStored) return undefined;
  try {
    // Commits belong to one writer's code each, which is also their reader's.
    return JSON.parse(text) as Commit;
  } catch {
    // Whoever reads the commit itself says so.
    return undefined;
  }
}

async function makeBlock(store: ObjectStore, name: string, first: number): Promise<Block | undefined> {
  const commits: string[] = [];
  const etags: string[] = [];
  for (let n = first; n < first + packedTogether; n += 1) {
    const stored = await readText(store, seriesKey(name, 'commit', n));
    if (stored === undefined) return undefined;
    commits.push(stored.text);
    etags.push(stored.etag);
  }
  return { format: 1, commits, etags };
}

/** Of two that pack the same commits, one is first, and both are right. */
async function putBlock(store: ObjectStore, key: string, bytes: Uint8Array): Promise<void> {
  try {
    await store.put(key, bytes, { ifNoneMatch: '*' });
  } catch (error) {
    if (!isPlayheadError(error, 'PH_OBJECT_EXISTS')) throw error;
  }
}

const noBlock: Block = { format: 1, commits: [] };

/** A block; an empty one where there is none, or it can't be read. */
async function readBlock(store: ObjectStore, key: string): Promise<Block> {
  try {
    const bytes = (await readAll(store, key)).bytes;
    // What `packCommits` put there, or nothing that any text of it has a checksum of.
    const { commits, etags } = JSON.parse((await unpack(bytes)).toString()) as Partial<Block>;
    if (!Array.isArray(commits)) return noBlock;
    return { format: 1, commits, ...(Array.isArray(etags) ? { etags } : {}) };
  } catch {
    return noBlock;
  }
}

async function readText(
  store: ObjectStore,
  key: string,
): Promise<{ readonly text: string; readonly etag: string } | undefined> {
  try {
    const { info, bytes } = await readAll(store, key);
    return { text: Buffer.from(bytes).toString(), etag: info.etag };
  } catch (error) {
    if (isPlayheadError(error, 'PH_OBJECT_MISSING')) return undefined;
    throw error;
  }
}
