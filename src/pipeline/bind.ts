import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { isDead, thisProcess } from '../commit/holder.ts';
import type { Duck } from '../duck/duck.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { RunStore } from '../orchestrate/runs.ts';
import type { Stream } from '../stream/stream.ts';
import type { PipelineDefinition } from './definition.ts';
import { type Home, homeAt, openHome } from './home.ts';
import type { Profile } from './profile.ts';

/** The definitions bound to backends. Each port opens when it is first asked for, once, and closes with the engine. */
export interface Engine {
  readonly pipelines: readonly PipelineDefinition[];
  readonly profile: Profile;
  readonly home: Home;
  readonly effects: Effects;
  lake(): Promise<ObjectStore>;
  stream(): Promise<Stream>;
  catalog(): Promise<Catalog>;
  duck(): Promise<Duck>;
  runs(): Promise<RunStore>;
  /** Closes what is open, the last opened first. */
  close(): Promise<void>;
}

/** DuckDB's share of the machine's memory, and its bounds: the rest is for batches and delivery buffers. */
const duckMemory = { share: 0.25, leastBytes: 256 * 1024 ** 2, mostBytes: 768 * 1024 ** 2 };

/** Binds definitions to a profile's backends. Opens nothing by itself. */
export function openEngine(
  settings: { readonly pipelines: readonly PipelineDefinition[]; readonly profile: Profile; readonly home: string },
  effects: Effects,
): Engine {
  const { pipelines, profile } = settings;
  const closers: (() => Promise<void> | void)[] = [];
  const home = homeAt(settings.home);
  const ready = once(() => openHome(settings.home, effects));
  const port = <T extends { close(): Promise<void> | void }>(open: () => Promise<T>): (() => Promise<T>) =>
    once(async () => {
      await ready();
      const opened = await open();
      closers.push(() => opened.close());
      return opened;
    });
  return {
    pipelines,
    profile,
    home,
    effects,
    lake: port(async () => (await import('../lake/file.ts')).openFileStore(home.lake, effects)),
    stream: port(async () => (await import('../stream/embedded/open.ts')).openEmbeddedStream(home.log, effects)),
    catalog: port(async () => (await import('../catalog/sqlite.ts')).openSqliteCatalog(home.catalogFile, effects)),
    runs: port(async () => (await import('../orchestrate/runs.ts')).openRuns(home.runsFile, effects)),
    duck: port(() => openDuckIn(home, profile, effects)),
    close: async () => {
      for (const close of closers.splice(0).reverse()) await close();
    },
  };
}

async function openDuckIn(home: Home, profile: Profile, effects: Effects): Promise<Duck> {
  const { openDuck } = await import('../duck/duck.ts');
  const temporaryDirectory = await makeTemporary(home, effects);
  const { share, leastBytes, mostBytes } = duckMemory;
  const duck = await openDuck({
    memoryBytes: profile.engine.memoryBytes ?? Math.min(mostBytes, Math.max(leastBytes, totalmem() * share)),
    threads: profile.engine.threads ?? availableParallelism(),
    temporaryDirectory,
  });
  return {
    ...duck,
    close: async () => {
      await duck.close();
      await effects.fs.rm(temporaryDirectory, { recursive: true, force: true });
    },
  };
}

/** A spool of this process alone; those of dead processes go. */
async function makeTemporary(home: Home, effects: Effects): Promise<string> {
  await effects.fs.mkdir(home.temporary, { recursive: true });
  const { machine } = await thisProcess('spool', effects);
  for (const name of await effects.fs.readdir(home.temporary)) {
    const pid = /^spool-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && (await isDead({ name, machine, pid: Number(pid) }, effects)))
      await effects.fs.rm(join(home.temporary, name), { recursive: true, force: true });
  }
  const own = join(home.temporary, `spool-${process.pid}-${effects.random.uint32().toString(36)}`);
  await effects.fs.mkdir(own, { mode: 0o700 });
  return own;
}

/** Opens at the first call; later calls share it. A failed opening is tried again by the next call. */
function once<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}
