import { join, relative, resolve } from 'node:path';
import { PlayheadError } from '../../base/errors.ts';
import { formatCount } from '../../base/units.ts';
import { acquireLease } from '../../commit/lease.ts';
import { homeSecret, keyedHash } from '../../govern/home-secret.ts';
import { storageError, systemCode } from '../../lake/storage-error.ts';
import { knownPipelines } from '../../pipeline/apply/apply.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { addressed, resolveAddress } from '../../pipeline/graph/address.ts';
import { readStatus } from '../status.ts';
import { type CopiedFiles, openCopiedFiles } from './copied-files.ts';
import { copyHome } from './copy-home.ts';
import type { Exporting } from './exporting.ts';
import { type ManifestHead, manifestFile, type Totals, writeManifest } from './manifest.ts';
import { registerCopied } from './register-copy.ts';
import { removeAside } from './write-copy.ts';

/** Stands in a folder as long as the export into it is not finished: what was copied, so that it can go on. */
const unfinishedName = 'unfinished.sqlite';

/** A lease of an export that lives is nobody's to take, however long it copies. */
const leaseTtlMs = 86_400_000;

export interface ExportOptions {
  readonly version: string;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

export interface Exported extends Totals, Pick<ManifestHead, 'commits' | 'lake' | 'notCarried' | 'encryptionKey'> {
  readonly folder: string;
}

/**
 * Copies all that a home holds into a folder, as it is at one moment, while deliveries and jobs go on; erasures wait. The
 * manifest comes last: a folder without it is no export. Run again after a crash, it goes on. Throws PH_USAGE for a folder
 * that is not empty, PH_LEASE_HELD beside an erasure or another export, PH_OBJECT_CORRUPT for an object that is damaged,
 * PH_OBJECT_CHANGED where the lake never stood still for as long as it takes to list it.
 */
export async function exportHome(opened: Engine, to: string, options: ExportOptions): Promise<Exported> {
  // Also what another config delivers here is read before it is written.
  const engine: Engine = { ...opened, pipelines: await knownPipelines(opened) };
  const { effects, home } = engine;
  const folder = resolve(to);
  await makeFolder(engine, folder);
  const lake = await engine.lake();
  const lease = await acquireLease(lake, 'erase', { holder: 'playhead export', ttlMs: leaseTtlMs }, effects);
  try {
    const files = await openUnfinished(engine, folder);
    const exporting: Exporting = { engine, lake, folder, files, ...options };
    let totals: Totals;
    let head: Omit<ManifestHead, 'kind' | 'format'>;
    try {
      const { round, commits } = await copyHome(exporting);
      await registerCopied(exporting, round);
      head = {
        exportedAt: new Date(effects.clock.now()).toISOString(),
        playhead: options.version,
        lake: lake.capabilities.localFiles ? 'files' : 'bucket',
        ...(await encryptionOf(engine)),
        commits,
        notCarried: await notCarried(exporting),
      };
      totals = await writeManifest(folder, head, files.settled(round), effects);
    } finally {
      files.close();
    }
    for (const end of ['', '-wal', '-shm']) await effects.fs.rm(join(folder, unfinishedName + end), { force: true });
    return { folder, ...totals, ...head };
  } catch (cause) {
    throw storageError(cause, `exporting ${home.root}`);
  } finally {
    await lease.release();
  }
}

/** Refuses a folder in the home itself, a whole export, and whatever is not an unfinished one. */
async function makeFolder({ home, effects }: Engine, folder: string): Promise<void> {
  const within = relative(home.root, folder);
  if (within === '' || !within.startsWith('..'))
    throw new PlayheadError('PH_USAGE', `${folder} lies in the home that is to be exported`, {
      hint: 'Name a folder elsewhere, on another disk if it is to be a backup.',
    });
  const entries = await effects.fs
    .mkdir(folder, { recursive: true, mode: 0o700 })
    .then(() => effects.fs.readdir(folder))
    .catch((cause: unknown) => {
      if (!['EEXIST', 'ENOTDIR'].includes(systemCode(cause))) throw storageError(cause, `making ${folder}`);
      throw new PlayheadError('PH_USAGE', `${folder} is not a folder`, { hint: 'Name one that is empty or new.' });
    });
  if (entries.length === 0 || entries.includes(unfinishedName)) return;
  const isExport = effects.fs.lstatSync(manifestFile(folder), { throwIfNoEntry: false }) !== undefined;
  throw new PlayheadError('PH_USAGE', `${folder} is not empty${isExport ? ': it holds an export' : ''}`, {
    hint: 'Nothing in it was touched. Name a folder that is empty or new.',
    details: { folder },
  });
}

/** Goes on with what was begun for this home. */
async function openUnfinished({ home, effects }: Engine, folder: string): Promise<CopiedFiles> {
  const own = keyedHash(await homeSecret(home.root, effects), home.root);
  const { files, origin } = openCopiedFiles(join(folder, unfinishedName), own);
  if (origin === own) {
    await removeAside(folder, effects);
    // Written by an export that was killed before its folder was tidied up; it is written anew.
    await effects.fs.rm(manifestFile(folder), { force: true });
    return files;
  }
  files.close();
  throw new PlayheadError('PH_USAGE', `${folder} holds an unfinished export of another home`, {
    hint: 'Name another folder, or delete that one.',
  });
}

async function encryptionOf(engine: Engine): Promise<Pick<ManifestHead, 'encryptionKey'>> {
  const { ring } = await engine.keys();
  return ring === undefined ? {} : { encryptionKey: ring.current.id };
}

/** What lies elsewhere than in the home and its lake, or is not said by a copy of them. */
async function notCarried({ engine, lake }: Exporting): Promise<readonly string[]> {
  const lines: string[] = [];
  if (lake.versions !== undefined && !lake.capabilities.localFiles)
    lines.push('earlier versions of objects, which the bucket keeps');
  const { home, effects, pipelines } = engine;
  for (const { streams } of await readStatus(engine))
    for (const { address, topic, depth } of streams) {
      const isHere = effects.fs.lstatSync(join(home.log, topic), { throwIfNoEntry: false }) !== undefined;
      if (isHere || depth === 0) continue;
      const readers = addressed(pipelines, 'delivery')
        .filter(
          ({ definition, pipeline }) =>
            resolveAddress(pipelines, definition.from, ['stream'], pipeline).address === address,
        )
        .map((delivery) => delivery.address);
      const behind = readers.length === 0 ? '' : `; what ${readers.join(', ')} has not delivered is there alone`;
      lines.push(`topic ${topic}, up to ${formatCount(depth)} records in the log of the profile${behind}`);
    }
  return lines;
}
