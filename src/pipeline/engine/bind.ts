import type { Effects } from '../../base/effects.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { Duck } from '../../duck/duck.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import type { AlarmStore } from '../../observe/alarm-store.ts';
import type { MetricHistory } from '../../observe/history.ts';
import { type Instrumentation, instrumentation } from '../../observe/instrument.ts';
import { measuring } from '../../observe/measures.ts';
import { type MetricsKeeper, metricsKeeper } from '../../observe/metrics-keeper.ts';
import type { LineageEvents } from '../../observe/open-lineage/open.ts';
import { type Recorder, recorder } from '../../observe/recorder.ts';
import type { RunStore } from '../../orchestrate/runs.ts';
import type { Stream } from '../../stream/stream.ts';
import type { PipelineDefinition } from '../definition.ts';
import { type Home, homeAt, type OpenHome, openHome } from './home.ts';
import { fieldCipherOf, type HomeKeys, keysOf } from './home-keys.ts';
import { once, onceFor } from './once.ts';
import { converterSettings, duckSettings, openDuckIn } from './open-duck.ts';
import { openLake } from './open-lake.ts';
import { openBoundedStream } from './open-log.ts';
import type { Profile } from './profile.ts';
import { makeTemporary } from './temporary.ts';

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
  const fields = onceFor(async (opened: OpenHome) => fieldCipherOf(opened, await keys(opened), effects));
  // Closed after all others: what they measure at their end is kept too.
  let history: MetricHistory | undefined;
  const metrics = once(async () => {
    const { access } = await ready();
    history = (await import('../../observe/history.ts')).openHistory(home.metricsFile, access);
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
      (await import('../../observe/alarm-store.ts')).openAlarmStore(home.alarmsFile, access),
    ),
    keys: async () => keys(await ready()),
    lineage: port(async (opened) => {
      const { lineageFile, access } = opened;
      const { openLineageEvents } = await import('../../observe/open-lineage/open.ts');
      return openLineageEvents(lineageFile, profile.lineage, effects, access, await fields(opened));
    }),
    lake: port(async (opened) => measured.store(await openLake(opened, profile, await keys(opened), effects))),
    stream: port(async (opened) =>
      measured.stream(await openBoundedStream(opened, profile, measured, await keys(opened), effects)),
    ),
    catalog: port(async ({ catalogFile, access }) =>
      (await import('../../catalog/sqlite.ts')).openSqliteCatalog(catalogFile, effects, access),
    ),
    runs: port(async (opened) =>
      (await import('../../orchestrate/runs.ts')).openRuns(
        opened.runsFile,
        effects,
        opened.access,
        await fields(opened),
      ),
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
