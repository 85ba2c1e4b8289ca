import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import { storageError, systemCode } from '../../lake/storage-error.ts';
import type { Content, CopiedAttributes } from './write-copy.ts';

/** The one file that makes a folder an export: written last. Lines of JSON: the head, a line a file, the end. */
const manifestName = 'manifest.ndjson';
const manifestFormat = 1;

/** What an export is a copy of, and up to where. */
export interface ManifestHead {
  readonly kind: 'export';
  readonly format: typeof manifestFormat;
  readonly exportedAt: string;
  /** Version of the Playhead that wrote it. */
  readonly playhead: string;
  /** Whether the lake's objects lie here as files of a home do; those of a bucket can't be restored into one. */
  readonly lake: 'files' | 'bucket';
  /** Id of the key without which nobody can read the data; absent where it is plain. The key is never in an export. */
  readonly encryptionKey?: string;
  /** The last commit of each series: up to where the export goes. */
  readonly commits: Readonly<Record<string, number>>;
  /** What the home uses and the export does not hold, a sentence each. */
  readonly notCarried: readonly string[];
}

/** A file of the export. */
export interface ManifestFile extends Content, CopiedAttributes {
  /** From the folder, with `/`. */
  readonly path: string;
}

export interface Totals {
  readonly files: number;
  readonly bytes: number;
}

export function manifestFile(folder: string): string {
  return join(folder, manifestName);
}

/** Written aside, synced and renamed: a folder that has it holds every file that it names. */
export async function writeManifest(
  folder: string,
  head: Omit<ManifestHead, 'kind' | 'format'>,
  files: Iterable<ManifestFile>,
  effects: Effects,
): Promise<Totals> {
  const { fs } = effects;
  const aside = `${manifestFile(folder)}.part`;
  const hash = createHash('sha256');
  const totals = { files: 0, bytes: 0 };
  const handle = await fs.open(aside, 'w');
  try {
    const line = async (value: unknown): Promise<void> => {
      const text = `${JSON.stringify(value)}\n`;
      hash.update(text);
      await handle.writeFile(text);
    };
    const first: ManifestHead = { kind: 'export', format: manifestFormat, ...head };
    await line(first);
    for (const { path, sizeBytes, sha256, modifiedMs, mode } of files) {
      await line({ path, sizeBytes, sha256, modifiedMs, mode });
      totals.files += 1;
      totals.bytes += sizeBytes;
    }
    await handle.writeFile(`${JSON.stringify({ kind: 'end', ...totals, sha256: hash.digest('hex') })}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await effects.reached('export.written');
  await fs.rename(aside, manifestFile(folder));
  return totals;
}

/** The head of a folder's manifest. PH_USAGE where the folder is no export, or an unfinished one; PH_EXPORT_DAMAGED. */
export async function readHead(folder: string, effects: Effects): Promise<ManifestHead> {
  for await (const line of linesOf(folder, effects)) {
    // What stands there is checked as far as it decides anything.
    const head = parsed(line, folder) as Partial<ManifestHead>;
    if (head.kind !== 'export') throw damaged(folder, 'it does not begin as a manifest does');
    if (head.format !== manifestFormat)
      throw new PlayheadError(
        'PH_HOME_LAYOUT',
        `${folder} is an export of format ${head.format}, newer than this Playhead`,
        {
          hint: `This Playhead knows format ${manifestFormat}. Use the one that wrote it: ${head.playhead}.`,
        },
      );
    return head as ManifestHead;
  }
  throw damaged(folder, 'it is empty');
}

/**
 * The files that a manifest names, once each of its lines is read and its end agrees: PH_EXPORT_DAMAGED after the last file
 * otherwise, so that nothing is made of them before they were all read once.
 */
export async function* manifestFiles(folder: string, effects: Effects): AsyncGenerator<ManifestFile> {
  const hash = createHash('sha256');
  const totals = { files: 0, bytes: 0 };
  let isFirst = true;
  let end: unknown;
  for await (const line of linesOf(folder, effects)) {
    if (end !== undefined) throw damaged(folder, 'it goes on after its end');
    const value = parsed(line, folder);
    if ('kind' in value && value.kind === 'end') {
      end = value;
      continue;
    }
    hash.update(`${line}\n`);
    if (!isFirst) {
      const file = fileIn(value, folder);
      totals.files += 1;
      totals.bytes += file.sizeBytes;
      yield file;
    }
    isFirst = false;
  }
  const expected = JSON.stringify({ kind: 'end', ...totals, sha256: hash.digest('hex') });
  if (JSON.stringify(end) !== expected)
    throw damaged(folder, end === undefined ? 'its end is missing' : 'it was altered: it does not have its hash');
}

async function* linesOf(folder: string, { fs }: Effects): AsyncGenerator<string> {
  const handle = await fs.open(manifestFile(folder), 'r').catch((cause: unknown) => {
    if (!['ENOENT', 'ENOTDIR'].includes(systemCode(cause))) throw storageError(cause, `reading ${folder}`);
    throw new PlayheadError('PH_USAGE', `${folder} holds no whole export: there is no ${manifestName} in it`, {
      hint: 'Name the folder that `playhead export --to` wrote. One that was cut off goes on when it is run again.',
    });
  });
  try {
    for await (const line of createInterface({ input: handle.createReadStream({ autoClose: false }) })) yield line;
  } finally {
    await handle.close();
  }
}

function parsed(line: string, folder: string): object {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below.
  }
  throw damaged(folder, 'a line of it is not JSON');
}

/** A path leads nowhere but into the folder. */
function fileIn(value: object, folder: string): ManifestFile {
  const { path, sizeBytes, sha256, modifiedMs, mode } = value as Partial<ManifestFile>; // checked below
  const isInside =
    typeof path === 'string' && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (!isInside || path.includes('\0'))
    throw damaged(folder, `it names ${JSON.stringify(path)}, which is no file of it`);
  if (
    typeof sizeBytes !== 'number' ||
    typeof sha256 !== 'string' ||
    typeof modifiedMs !== 'number' ||
    typeof mode !== 'number'
  )
    throw damaged(folder, `its line of ${path} is not whole`);
  return { path, sizeBytes, sha256, modifiedMs, mode };
}

function damaged(folder: string, why: string): PlayheadError {
  return new PlayheadError('PH_EXPORT_DAMAGED', `${manifestFile(folder)}: ${why}`, {
    hint: 'Take another copy of the export, or export again.',
  });
}
