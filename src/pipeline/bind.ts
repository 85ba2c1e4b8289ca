import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { fieldCipher, plainFields } from '../base/field-cipher.ts';
import type { KeyRing } from '../base/key-ring.ts';
import { memoryBudget } from '../base/memory-budget.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { isDead, thisProcess } from '../commit/holder.ts';
import type { Duck, DuckSettings } from '../duck/duck.ts';
import { ringForHome } from '../govern/home-encryption.ts';
import { findKeys } from '../govern/open-key-ring.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { AlarmStore } from '../observe/alarm-store.ts';
import type { MetricHistory } from '../observe/history.ts';
import { type Instrumentation, instrumentation } from '../observe/instrument.ts';
import { measuring } from '../observe/measures.ts';
import { type MetricsKeeper, metricsKeeper } from '../observe/metrics-keeper.ts';
import type { LineageEvents } from '../observe/open-lineage/open.ts';
import { type Recorder, recorder } from '../observe/recorder.ts';
import type { RunStore } from '../orchestrate/runs.ts';
import type { Stream } from '../stream/stream.ts';
import type { PipelineDefinition } from './definition.ts';
import { type Home, homeAt, type OpenHome, openHome } from './home.ts';
import type { Profile, S3Lake } from './profile.ts';

/** Keys of a home; no ring where it is not encrypted. */
export interface HomeKeys {
  readonly ring: KeyRing | undefined;
  /** Where a rotation adds a key. */
  readonly file: string | undefined;
}

/** In bytes, which getrusage(2) counts in KiB. */
const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;

/** The definitions bound to backends. Each port opens when it is first asked for, once, and closes with the engine. */
export interface Engine {
  readonly pipelines: readonly PipelineDefinition[];
  readonly profile: Profile;
  readonly home: Home;
  readonly effects: Effects;
  /** The keys of an encrypted home. PH_KEY_MISSING where it is one and its key is not there. */
  keys(): Promise<HomeKeys>;
  lake(): Promise<ObjectStore>;
  /** A bucket that is not the lake's, to be read; closes with the engine. */
  otherBucket(name: string): Promise<ObjectStore>;
  stream(): Promise<Stream>;
  catalog(): Promise<Catalog>;
  duck(): Promise<Duck>;
  /** A folder of this process alone, for what memory can't take; it goes with the engine. */
  scratch(): Promise<string>;
  /** A DuckDB of one thread, for conversions that run side by side: a query's waiting threads spin, and take their cores. */
  converter(): Promise<Duck>;
  runs(): Promise<RunStore>;
  metrics(): Promise<MetricHistory>;
  alarms(): Promise<AlarmStore>;
  lineage(): Promise<LineageEvents>;
  /** What `effects.meter` measures, until its keeper writes it to the history. */
  readonly recorder: Recorder;
  readonly instrumentation: Instrumentation;
  /** Brings what is measured to the history. */
  readonly keeper: MetricsKeeper;
  /** Closes what is open, the last opened first. */
  close(): Promise<void>;
}

/** The converter's limit where DuckDB's own is not lower: what a conversion holds beyond it is spilled. */
const converterBytes = 256 * 1024 ** 2;

export interface EngineSettings {
  readonly pipelines: readonly PipelineDefinition[];
  readonly profile: Profile;
  readonly home: string;
  /** Told once, when the home is open and before anything in it is read or written. */
  readonly onOpen?: (home: OpenHome) => Promise<void>;
}

/** Binds definitions to a profile's backends. Opens nothing by itself. */
export function openEngine(settings: EngineSettings, given: Effects): Engine {
  const { pipelines, profile } = settings;
  const closers: (() => Promise<void> | void)[] = [];
  const home = homeAt(settings.home);
  const recorded = recorder(given.clock);
  const effects: Effects = { ...given, meter: recorded.meter };
  const measured = instrumentation(measuring(recorded.meter), given.clock, peakBytes);
  const ready = once(async () => {
    const opened = await openWithNotice(settings.home, effects);
    await settings.onOpen?.(opened);
    return opened;
  });
  const closing = <T extends { close(): Promise<void> | void }>(opened: T): T => {
    closers.push(() => opened.close());
    return opened;
  };
  const port = <T extends { close(): Promise<void> | void }>(
    open: (home: OpenHome) => Promise<T>,
  ): (() => Promise<T>) => once(async () => closing(await open(await ready())));
  const keys = onceFor((opened: OpenHome) => keysOf(opened, profile, effects));
  const fields = onceFor(async (opened: OpenHome) => {
    const { ring } = await keys(opened);
    // Where nothing can be written, a key that is not there can't be made, and seals nothing.
    const there = effects.fs.lstatSync(opened.fieldKeyFile, { throwIfNoEntry: false }) !== undefined;
    const usable = ring !== undefined && (there || opened.access === 'write');
    return usable ? fieldCipher(opened.fieldKeyFile, ring, effects) : plainFields;
  });
  // Closed after all others: what they measure at their end is kept too.
  let history: MetricHistory | undefined;
  const metrics = once(async () => {
    const { access } = await ready();
    history = (await import('../observe/history.ts')).openHistory(home.metricsFile, access);
    return history;
  });
  const keeper = metricsKeeper(metrics, recorded, home.unkeptFile, effects);
  return {
    pipelines,
    profile,
    home,
    effects,
    recorder: recorded,
    instrumentation: measured,
    metrics,
    keeper,
    alarms: port(async ({ access }) =>
      (await import('../observe/alarm-store.ts')).openAlarmStore(home.alarmsFile, access),
    ),
    keys: async () => keys(await ready()),
    lineage: port(async (opened) => {
      const { lineageFile, access } = opened;
      const { openLineageEvents } = await import('../observe/open-lineage/open.ts');
      return openLineageEvents(lineageFile, profile.lineage, effects, access, await fields(opened));
    }),
    lake: port(async (opened) => measured.store(await openLake(opened, profile, await keys(opened), effects))),
    stream: port(async (opened) =>
      measured.stream(await openBoundedStream(opened, profile, measured, await keys(opened), effects)),
    ),
    catalog: port(async ({ catalogFile, access }) =>
      (await import('../catalog/sqlite.ts')).openSqliteCatalog(catalogFile, effects, access),
    ),
    runs: port(async (opened) =>
      (await import('../orchestrate/runs.ts')).openRuns(opened.runsFile, effects, opened.access, await fields(opened)),
    ),
    otherBucket: async (name) =>
      closing(await (await import('./other-bucket.ts')).openOtherBucket(name, await ready(), profile, effects)),
    scratch: once(async () => {
      const folder = await makeTemporary(await ready(), effects);
      closers.push(() => effects.fs.rm(folder, { recursive: true, force: true }));
      return folder;
    }),
    duck: port(async (opened) => openDuckIn(opened, await keys(opened), duckSettings(profile), effects)),
    converter: port(async (opened) => openDuckIn(opened, await keys(opened), converterSettings(profile), effects)),
    close: async () => {
      try {
        for (const close of closers.splice(0).reverse()) await close();
      } finally {
        await keeper.end();
        history?.close();
        history = undefined;
      }
    },
  };
}

async function openWithNotice(root: string, effects: Effects): Promise<OpenHome> {
  const opened = await openHome(root, effects);
  if (opened.access === 'read')
    effects.log.log('warn', `${root} can only be read: it is taken as it stands, and nothing of this call is kept.`);
  return opened;
}

async function keysOf(home: OpenHome, profile: Profile, effects: Effects): Promise<HomeKeys> {
  const found = await findKeys(profile.encryption, effects);
  const ring = await ringForHome(home.root, found, home.access === 'write', effects);
  return { ring, file: found.found?.file };
}

/** Decrypted copies share the disk with everything else. */
const defaultSpoolBytes = 8 * 1024 ** 3;

async function openLake(home: OpenHome, profile: Profile, { ring }: HomeKeys, effects: Effects): Promise<ObjectStore> {
  if (profile.lake.backend === 's3') return openS3Lake(home, profile.lake, ring, effects);
  const { versioning = false } = profile.lake;
  // What a process that was killed had decrypted goes at the next start, also where nothing is decrypted then.
  if (ring !== undefined && home.access === 'write') await sweepTemporary(home, effects);
  let made: Promise<string> | undefined;
  const folder = (): Promise<string> => {
    made ??= makeTemporary(home, effects);
    return made;
  };
  const sealing = ring && { ring, spool: { folder, limitBytes: profile.encryption?.spoolBytes ?? defaultSpoolBytes } };
  const settings = { versioning, sealing };
  const store =
    home.access === 'write'
      ? await (await import('../lake/file.ts')).openFileStore(home.lake, effects, settings)
      : await (await import('../lake/file-read-only.ts')).openReadOnlyFileStore(home.lake, effects, settings);
  return {
    ...store,
    close: async () => {
      await store.close();
      if (made !== undefined) await effects.fs.rm(await made, { recursive: true, force: true });
    },
  };
}

/** Encryption at rest is the bucket's there: copies that DuckDB reads would lie plain on this disk. */
async function openS3Lake(
  home: OpenHome,
  lake: S3Lake,
  ring: HomeKeys['ring'],
  effects: Effects,
): Promise<ObjectStore> {
  if (ring !== undefined)
    throw new PlayheadError('PH_CONFIG_INVALID', 'a lake on S3 is encrypted by the bucket, not by a key of the home', {
      hint: "Leave out the profile's encryption, and set lake.encryption: { kind: 's3' } or { kind: 'kms', keyId }.",
    });
  const { openS3Store } = await import('../lake/s3.ts');
  const { cacheBytes } = lake;
  const limit = cacheBytes === undefined ? {} : { limitBytes: cacheBytes };
  if (home.access === 'write') return openS3Store(lake, { folder: join(home.cache, 'objects'), ...limit }, effects);
  // Copies are for DuckDB to read: where the home takes none, they are this call's alone.
  const folder = await makeTemporary(home, effects);
  const forget = (): Promise<void> => effects.fs.rm(folder, { recursive: true, force: true });
  const store = await openS3Store(lake, { folder, ...limit }, effects).catch(async (cause: unknown) => {
    await forget();
    throw cause;
  });
  const close = async (): Promise<void> => {
    await store.close();
    await forget();
  };
  return { ...(await import('../lake/read-only.ts')).readOnly(store, `s3://${lake.bucket}`), close };
}

/** The log, whose appends share the memory that the budget gives to batches. */
async function openBoundedStream(
  home: OpenHome,
  profile: Profile,
  measured: Instrumentation,
  keys: HomeKeys,
  effects: Effects,
): Promise<Stream> {
  const { boundedAppends } = await import('../stream/bounded-appends.ts');
  const stream = await openLog(home, profile, keys, effects);
  return boundedAppends(stream, memoryBudget(totalmem()).batches, measured.memoryAsked);
}

async function openLog(
  { root, log, access }: OpenHome,
  profile: Profile,
  { ring }: HomeKeys,
  effects: Effects,
): Promise<Stream> {
  const { findErasedIds } = await import('../govern/erase/erased-people.ts');
  const erasedIds = findErasedIds(root, effects);
  if (profile.stream.backend === 'embedded') {
    const { openEmbeddedStream } = await import('../stream/embedded/open.ts');
    return openEmbeddedStream(log, effects, { access, ring, erasedIds });
  }
  if (ring !== undefined)
    throw new PlayheadError('PH_CONFIG_INVALID', 'a log on Kafka is not encrypted by a key of the home', {
      hint: "Leave out the profile's encryption: the disks of the brokers are encrypted by whoever runs them.",
    });
  const { openKafkaStream } = await import('../stream/kafka/open.ts');
  return openKafkaStream(profile.stream, effects, { erasedIds });
}

type OwnDuckSettings = Omit<DuckSettings, 'temporaryDirectory' | 'encryptsSpill'>;

function duckSettings({ engine }: Profile): OwnDuckSettings {
  return {
    memoryBytes: engine.memoryBytes ?? memoryBudget(totalmem()).duckBytes,
    threads: engine.threads ?? availableParallelism(),
  };
}

function converterSettings(profile: Profile): OwnDuckSettings {
  return { memoryBytes: Math.min(converterBytes, duckSettings(profile).memoryBytes), threads: 1 };
}

async function openDuckIn(
  home: OpenHome,
  { ring }: HomeKeys,
  settings: OwnDuckSettings,
  effects: Effects,
): Promise<Duck> {
  const { openDuck } = await import('../duck/duck.ts');
  const temporaryDirectory = await makeTemporary(home, effects);
  const duck = await openDuck({ ...settings, temporaryDirectory, encryptsSpill: ring !== undefined });
  return {
    ...duck,
    close: async () => {
      await duck.close();
      await effects.fs.rm(temporaryDirectory, { recursive: true, force: true });
    },
  };
}

/** A spool of this process alone; those of dead processes go. Where the home can't be written, it is the machine's. */
async function makeTemporary(home: OpenHome, effects: Effects): Promise<string> {
  const name = `spool-${process.pid}-${effects.random.uint32().toString(36)}`;
  const own = home.access === 'write' ? join(home.temporary, name) : join(tmpdir(), `playhead-${name}`);
  if (home.access === 'write') await sweepTemporary(home, effects);
  await effects.fs.mkdir(own, { mode: 0o700 });
  return own;
}

async function sweepTemporary(home: Home, effects: Effects): Promise<void> {
  await effects.fs.mkdir(home.temporary, { recursive: true });
  const { machine } = await thisProcess('spool', effects);
  for (const name of await effects.fs.readdir(home.temporary)) {
    const pid = /^spool-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && (await isDead({ name, machine, pid: Number(pid) }, effects)))
      await effects.fs.rm(join(home.temporary, name), { recursive: true, force: true });
  }
}

function onceFor<A, T>(open: (argument: A) => Promise<T>): (argument: A) => Promise<T> {
  let opened: (() => Promise<T>) | undefined;
  return (argument) => {
    opened ??= once(() => open(argument));
    return opened();
  };
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
