import { basename, join } from 'node:path';
import { PlayheadError } from '../../base/errors.ts';
import type { Lease } from '../../commit/held-lease.ts';
import { acquireLease } from '../../commit/lease.ts';
import { leaseRoot } from '../../commit/lease-record.ts';
import { type TakeLease, underLeases } from '../../commit/under-leases.ts';
import { callsAtWork } from '../../govern/calls-at-work.ts';
import { homeFiles } from '../../govern/home-files.ts';
import { storeFolder } from '../../lake/object-key.ts';
import { listAll } from '../../lake/object-store.ts';
import { storageError } from '../../lake/storage-error.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import type { Home } from '../../pipeline/engine/home.ts';
import { type Ownership, ownershipOf } from './ownership.ts';
import { type RemovedObjects, removeLeases, removeObjects } from './remove-objects.ts';
import { ownPipelines } from './what-goes.ts';

export interface DestroyOptions {
  /** The lake stays, with what is needed to read it and to know who was erased from it. */
  readonly keepData: boolean;
  readonly onProgress: (text: string) => void;
}

export interface Destroyed {
  readonly objects: number;
  /** Objects of others, which stay in the lake. */
  readonly left: number;
  /** Files and folders in the home that Playhead did not make, and left. */
  readonly foreign: readonly string[];
}

/** What else stands in a home besides what `Home` names. The layout goes last: as long as it is there, this is a home. */
const { layout, ...besides } = homeFiles;
const others = Object.values(besides);

/** What makes a lake readable, and says what was done with it. */
const keptWithData = [layout, 'lake', ...others];

const nothingRemoved: RemovedObjects = { removed: 0, left: 0, alone: false };

const leaseTtlMs = 3_600_000;

/**
 * Removes a home and what its pipelines put into its lake, and nothing of anybody else. Begun again, it goes on. Closes the engine.
 * Throws PH_LEASE_HELD, before anything is removed, where another process works on the home.
 */
export async function destroyHome(engine: Engine, { keepData, onProgress }: DestroyOptions): Promise<Destroyed> {
  const { home, effects } = engine;
  const [call] = await callsAtWork(home.root, effects);
  if (call !== undefined)
    throw new PlayheadError('PH_LEASE_HELD', `playhead ${call.command} works on this home (process ${call.pid})`, {
      hint: 'Wait until it is done, or stop that process.',
      details: { command: call.command, pid: call.pid },
    });
  const lake = await engine.lake();
  const ownership = ownershipOf(await ownPipelines(engine));
  try {
    const { removed, left, alone } = await underLeases(await leasesOf(engine, ownership), async () =>
      keepData ? nothingRemoved : await removeObjects(lake, ownership, onProgress),
    );
    if (!keepData) await removeLeases(lake, ownership, alone);
    await engine.close();
    if (!keepData) await effects.fs.rm(join(home.lake, storeFolder), { recursive: true, force: true });
    const kept = keepData ? keptWithData : left > 0 ? [basename(home.lake)] : [];
    const foreign = await removeFiles(home, kept, engine);
    return { objects: removed, left, foreign };
  } catch (cause) {
    throw storageError(cause, `destroying ${home.root}`);
  }
}

/** Whoever works on the lake holds one of them, and nobody new gets one. */
async function leasesOf({ effects, lake }: Engine, ownership: Ownership): Promise<readonly TakeLease[]> {
  const store = await lake();
  const names = ['erase'];
  for await (const { key } of listAll(store, leaseRoot))
    if (ownership.isObject(key)) names.push(basename(key, '.json'));
  return names.map(
    (name): TakeLease =>
      (): Promise<Lease> =>
        acquireLease(store, name, { holder: 'playhead destroy', ttlMs: leaseTtlMs }, effects),
  );
}

/** Removes what is of the home, and the home where nothing else is in it. Returns what is not. */
async function removeFiles(
  { root, ...places }: Home,
  kept: readonly string[],
  { effects: { fs } }: Engine,
): Promise<readonly string[]> {
  const own = new Set([...Object.values(places).map((path) => basename(path)), ...others, layout]);
  const isOwn = (name: string): boolean => own.has(name.replace(/-(wal|shm|journal)$|\.[0-9a-z]+\.tmp$/, ''));
  const found = (await fs.readdir(root)).sort((a, b) => Number(a === layout) - Number(b === layout));
  for (const name of found)
    if (isOwn(name) && !kept.includes(name)) await fs.rm(join(root, name), { recursive: true, force: true });
  if ((await fs.readdir(root)).length === 0) await fs.rmdir(root);
  return found.filter((name) => !isOwn(name));
}
