import { dirname, join, resolve } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import { fileParts } from '../../base/file-parts.ts';
import { formatBytes } from '../../base/units.ts';
import { isDead, thisProcess } from '../../commit/holder.ts';
import { storageError, systemCode } from '../../lake/storage-error.ts';
import { type ManifestFile, type ManifestHead, manifestFiles, readHead, type Totals } from '../export/manifest.ts';
import { type Content, contentOf, writeCopy } from '../export/write-copy.ts';

export interface RestoreOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

export interface RestoredHome extends Totals {
  readonly home: string;
  readonly head: ManifestHead;
}

/** Problems that are named; the others are counted. */
const mostNamed = 20;

/**
 * Makes a home of an export. Every file of it is held against its checksum before anything is written; then they are copied
 * beside the home's place, and take it in one step: until then there is no home. Throws PH_USAGE for a folder that is no
 * whole export, for one of a bucket, and where there is a home already; PH_EXPORT_DAMAGED naming the files that are missing or altered.
 */
export async function restoreHome(
  from: string,
  root: string,
  options: RestoreOptions,
  effects: Effects,
): Promise<RestoredHome> {
  const folder = resolve(from);
  const head = await readHead(folder, effects);
  if (head.lake === 'bucket')
    throw new PlayheadError('PH_USAGE', `${folder} is an export of a lake in a bucket: it can't become a home here`, {
      hint: `Its objects lie under ${join(folder, 'lake')}, each under its key: copy them into a bucket with the store's own tools.`,
    });
  await checkFree(root, effects);
  try {
    const totals = await verify(folder, options, effects);
    await copyInPlace(folder, root, totals, options, effects);
    return { home: root, head, ...totals };
  } catch (cause) {
    throw storageError(cause, `restoring ${root}`);
  }
}

async function checkFree(root: string, { fs }: Effects): Promise<void> {
  const entries = await fs.readdir(root).catch((cause: unknown) => {
    if (systemCode(cause) === 'ENOENT') return [];
    throw storageError(cause, `looking into ${root}`);
  });
  if (entries.length === 0) return;
  throw new PlayheadError('PH_USAGE', `${root} is there already: a home is restored into a new place`, {
    hint: 'Name another with --home, or move that one away.',
    details: { home: root },
  });
}

/** Reads every file. */
async function verify(folder: string, options: RestoreOptions, effects: Effects): Promise<Totals> {
  const problems: string[] = [];
  const totals = { files: 0, bytes: 0 };
  for await (const file of manifestFiles(folder, effects)) {
    throwIfInterrupted(options.signal);
    const problem = await problemOf(folder, file, effects);
    if (problem !== undefined) problems.push(`${file.path}: ${problem}`);
    totals.files += 1;
    totals.bytes += file.sizeBytes;
    options.onProgress(`verified ${totals.files} files, ${formatBytes(totals.bytes)}`);
  }
  if (problems.length === 0) return totals;
  const more = problems.length > mostNamed ? [`and ${problems.length - mostNamed} more`] : [];
  const named = [...problems.slice(0, mostNamed), ...more].map((line) => `\n  ${line}`).join('');
  throw new PlayheadError('PH_EXPORT_DAMAGED', `the export in ${folder} is damaged; nothing was restored${named}`, {
    hint: 'Take another copy of the export, or export again.',
    details: { files: problems.length },
  });
}

async function problemOf(folder: string, file: ManifestFile, effects: Effects): Promise<string | undefined> {
  const path = join(folder, file.path);
  if (effects.fs.lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return 'is missing';
  const found = await contentOf(path, effects);
  if (isSame(found, file)) return undefined;
  return found.sizeBytes === file.sizeBytes
    ? 'holds other bytes than were exported'
    : `has ${found.sizeBytes} bytes, ${file.sizeBytes} were exported`;
}

function isSame(found: Content, { sizeBytes, sha256 }: Content): boolean {
  return found.sizeBytes === sizeBytes && found.sha256 === sha256;
}

async function copyInPlace(
  folder: string,
  root: string,
  totals: Totals,
  { signal, onProgress }: RestoreOptions,
  effects: Effects,
): Promise<void> {
  const { fs } = effects;
  const aside = await makeAside(root, effects);
  try {
    let files = 0;
    for await (const file of manifestFiles(folder, effects)) {
      throwIfInterrupted(signal);
      const body = fileParts(join(folder, file.path), effects);
      const copied = await writeCopy(aside, file.path, body, file, async (found) => isSame(found, file), effects);
      if (copied === undefined)
        throw new PlayheadError('PH_EXPORT_DAMAGED', `${file.path} changed while it was read; nothing was restored`);
      await effects.reached('restore.copied');
      files += 1;
      onProgress(`restored ${files} of ${totals.files} files`);
    }
    await effects.reached('restore.whole');
    await fs.rename(aside, root);
    const parent = await fs.open(dirname(root), 'r');
    await parent.sync().finally(() => parent.close());
  } catch (error) {
    await fs.rm(aside, { recursive: true, force: true });
    throw error;
  }
}

/** A folder of this process beside the home's place; those that killed processes left go. */
async function makeAside(root: string, effects: Effects): Promise<string> {
  const { fs } = effects;
  const start = `${root}.restoring-`;
  const me = await thisProcess('playhead restore', effects);
  await fs.mkdir(dirname(root), { recursive: true });
  for (const name of await fs.readdir(dirname(root))) {
    const path = join(dirname(root), name);
    const pid = Number(path.startsWith(start) ? path.slice(start.length) : Number.NaN);
    if (pid === me.pid || (pid > 0 && (await isDead({ name: me.name, machine: me.machine, pid }, effects))))
      await fs.rm(path, { recursive: true, force: true });
  }
  const aside = `${start}${me.pid}`;
  await fs.mkdir(aside);
  return aside;
}

function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw new PlayheadError('PH_INTERRUPTED', 'interrupted: nothing was restored');
}
