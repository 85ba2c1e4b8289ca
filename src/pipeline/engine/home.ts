import { constants } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import type { Effects } from '../../base/effects.ts';
import { PlayheadError } from '../../base/errors.ts';
import type { SqliteAccess } from '../../base/sqlite.ts';
import { homeFiles } from '../../govern/home-files.ts';
import { storageError, systemCode } from '../../lake/storage-error.ts';

/** Where state and lake are: a directory whose layout has a version. */
export interface Home {
  readonly root: string;
  readonly lake: string;
  readonly log: string;
  readonly catalogFile: string;
  readonly runsFile: string;
  /** What was measured, and what alarms made of it: apart, so that alarms can tell that the measurements can't be read. */
  readonly metricsFile: string;
  readonly alarmsFile: string;
  /** Who is told of alarms where a profile names nobody: a line of JSON a notification. */
  readonly notificationsFile: string;
  /** How much was measured that could not be written there. */
  readonly unkeptFile: string;
  /** Events about runs, for those who follow lineage. */
  readonly lineageFile: string;
  /** API keys of gateways, hashed, and the requests that may be sent again. */
  readonly gatewayFile: string;
  readonly appliedFile: string;
  /** Profiles that whoever started servers wrote: a file of JSON each. */
  readonly profiles: string;
  /** The wrapped key of what is encrypted in SQLite files. */
  readonly fieldKeyFile: string;
  /** What can be made again: translated queries, reference data that was read. */
  readonly cache: string;
  /** Spill and spool files; emptied whenever nobody works in it. */
  readonly temporary: string;
}

/** A home, and whether this process may write there: another's home, or a mount, may only be for reading. */
export interface OpenHome extends Home {
  readonly access: SqliteAccess;
}

/** How a home of layout i becomes one of layout i + 1. What was released is never edited. */
export type LayoutUpgrade = (root: string, effects: Effects) => Promise<void>;

/** Layout 1 is the first: there is nothing to upgrade from. */
const upgrades: readonly LayoutUpgrade[] = [];

/** `--home`, else PLAYHEAD_HOME, else `.playhead/` under the working directory; absolute. */
export function homeDirectory(flag: string | undefined, workingDirectory: string, effects: Effects): string {
  const chosen = flag ?? effects.env['PLAYHEAD_HOME'];
  return resolve(workingDirectory, chosen === undefined || chosen === '' ? '.playhead' : chosen);
}

/** To DuckDB a `?` begins the query of a web address, and a backslash is a separator of folders: it would miss files, or their endings. */
function checkPath(root: string): void {
  const [found] = /[?\\]/.exec(resolve(root)) ?? [];
  if (found === undefined || found === sep) return;
  throw new PlayheadError('PH_USAGE', `a home can't lie under a folder with ${found} in its name: ${root}`, {
    hint: 'The SQL engine cannot read files there. Give another --home, or rename the folder.',
  });
}

/**
 * Opens a home, creating it where there is none, and upgrades an older layout, one version at a time; the version is
 * written after each step, so that an upgrade that was cut off goes on where it stood. A home of this layout that cannot be
 * written is opened for reading.
 * Throws PH_USAGE for a path that DuckDB can't read files under, PH_HOME_LAYOUT for a newer layout, PH_STATE_CORRUPT for a damaged layout file, PH_STORAGE_READ_ONLY and
 * PH_STORAGE_FULL where it cannot be written.
 */
export async function openHome(root: string, effects: Effects, steps = upgrades): Promise<OpenHome> {
  checkPath(root);
  const current = steps.length + 1;
  const found = await readLayout(root, effects);
  if (found !== undefined && found > current) {
    throw new PlayheadError('PH_HOME_LAYOUT', `${root} has layout ${found}, newer than this Playhead`, {
      hint: `This Playhead knows layouts up to ${current}. Use the one that wrote it, or another --home.`,
      details: { root, layout: found, current },
    });
  }
  if (found === current) return { ...homeAt(root), access: await accessTo(root, effects) };
  try {
    if (found === undefined) {
      await effects.fs.mkdir(root, { recursive: true });
      await writeLayout(root, current, effects);
    } else {
      for (let version = found; version < current; version += 1) {
        await steps[version - 1]?.(root, effects);
        await writeLayout(root, version + 1, effects);
      }
    }
  } catch (cause) {
    throw storageError(cause, `opening the home ${root}`);
  }
  return { ...homeAt(root), access: 'write' };
}

async function accessTo(root: string, effects: Effects): Promise<SqliteAccess> {
  try {
    await effects.fs.access(root, constants.W_OK);
    return 'write';
  } catch (cause) {
    if (['EROFS', 'EACCES', 'EPERM'].includes(systemCode(cause))) return 'read';
    throw storageError(cause, `opening the home ${root}`);
  }
}

/** The paths of a home, whether it exists or not. */
export function homeAt(root: string): Home {
  return {
    root,
    lake: join(root, 'lake'),
    log: join(root, 'log'),
    catalogFile: join(root, 'catalog.sqlite'),
    runsFile: join(root, 'runs.sqlite'),
    metricsFile: join(root, 'metrics.sqlite'),
    alarmsFile: join(root, 'alarms.sqlite'),
    notificationsFile: join(root, 'notifications.ndjson'),
    unkeptFile: join(root, 'metrics-unkept.ndjson'),
    lineageFile: join(root, 'lineage.sqlite'),
    gatewayFile: join(root, 'gateway.sqlite'),
    appliedFile: join(root, 'applied.json'),
    profiles: join(root, 'profiles'),
    fieldKeyFile: join(root, 'fields.key'),
    cache: join(root, 'cache'),
    temporary: join(root, 'tmp'),
  };
}

/** Whether a home was made there. Throws as opening it does. */
export async function isHome(root: string, effects: Effects): Promise<boolean> {
  return (await readLayout(root, effects)) !== undefined;
}

/** The layout's version; undefined where there is no home yet. */
async function readLayout(root: string, effects: Effects): Promise<number | undefined> {
  const file = join(root, homeFiles.layout);
  let text: string;
  try {
    text = await effects.fs.readFile(file, 'utf8');
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT') return undefined;
    if (code === 'ENOTDIR')
      throw new PlayheadError('PH_USAGE', `${root} is not a directory`, {
        cause,
        hint: 'Name a directory with --home.',
      });
    throw storageError(cause, `opening the home ${root}`);
  }
  const layout = parsedLayout(text);
  if (layout === undefined) {
    throw new PlayheadError('PH_STATE_CORRUPT', `${file} is damaged: it does not say which layout this home has`, {
      hint: `This Playhead writes layout ${upgrades.length + 1}. If no other one was ever used here, write {"layout":${upgrades.length + 1}} into it.`,
    });
  }
  return layout;
}

function parsedLayout(text: string): number | undefined {
  try {
    const { layout } = JSON.parse(text) as { layout?: unknown };
    return typeof layout === 'number' && Number.isInteger(layout) && layout >= 1 ? layout : undefined;
  } catch {
    return undefined;
  }
}

/** Whole or not at all: a half-written layout would lock its owner out. */
async function writeLayout(root: string, layout: number, effects: Effects): Promise<void> {
  await writeWhole(join(root, homeFiles.layout), `${JSON.stringify({ layout })}\n`, effects);
}

/** Replaces a small file atomically and durably: written aside, synced, renamed. */
export async function writeWhole(file: string, text: string, effects: Effects): Promise<void> {
  const aside = `${file}.${effects.random.uint32().toString(16)}.tmp`;
  const handle = await effects.fs.open(aside, 'wx');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await effects.fs.rename(aside, file);
}
