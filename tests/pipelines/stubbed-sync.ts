/** Runs of Tally's sync against its stub: what they keep, tell, and wait for. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FaultName } from '../../pipelines/tally/stub/faults.ts';
import { type Stub, type StubRequest, startStub } from '../../pipelines/tally/stub/server.ts';
import { bronze, bronzeGenres, tmdb } from '../../pipelines/tally/sync.ts';
import { type Clock, type Effects, type Logger, manualClock, testEffects } from '../../src/base/effects.ts';
import { type ErrorCode, isPlayheadError, type PlayheadError } from '../../src/base/errors.ts';
import { seededRandom } from '../../src/base/random.ts';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { openFileStore } from '../../src/lake/file.ts';
import type { RestSource } from '../../src/source/rest/definition.ts';
import { type RestRun, runRestSource } from '../../src/source/rest/run.ts';

/** Of characters that are escaped on the way. */
export const key = 'made-up/key+0123456789=abcdef0123';
const startMs = Date.UTC(2026, 0, 5, 3);

/** Waits that were asked for, ms; a request's timeout comes when the test says so. */
interface Waiting {
  readonly waits: number[];
  timeOut: () => void;
}

/** Nobody waits for a pause; whoever times out waits for the test. */
function impatient(clock: Clock, waiting: Waiting): Clock {
  return {
    ...clock,
    sleep: (ms, signal) => {
      if (ms !== tmdb.timeoutMs) {
        waiting.waits.push(ms);
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(new Error('answered in time')), { once: true });
        waiting.timeOut = resolve;
      });
    },
  };
}

/** A stub, a lake and a catalog of their own, and runs of the sync on them. */
export class Sync implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly waiting: Waiting = { waits: [], timeOut: () => {} };
  readonly clock = manualClock(startMs);
  readonly #random = seededRandom(1);
  readonly home: string;
  readonly stub: Stub;
  readonly ports: {
    store: Awaited<ReturnType<typeof openFileStore>>;
    catalog: Awaited<ReturnType<typeof openSqliteCatalog>>;
  };
  fault: (request: StubRequest) => FaultName | undefined = () => undefined;

  readonly #key: string;

  private constructor(home: string, stub: Stub, ports: Sync['ports'], apiKey: string) {
    this.home = home;
    this.#key = apiKey;
    this.stub = stub;
    this.ports = ports;
  }

  static async open(apiKey = key): Promise<Sync> {
    const home = await mkdtemp(join(tmpdir(), 'playhead-sync-'));
    const opened: { sync?: Sync } = {};
    const stub = await startStub({
      key: apiKey,
      now: () => opened.sync?.clock.now() ?? startMs,
      fault: (request) => opened.sync?.fault(request),
    });
    const effects = testEffects();
    const store = await openFileStore(join(home, 'lake'), effects);
    const catalog = await openSqliteCatalog(join(home, 'catalog.sqlite'), effects);
    opened.sync = new Sync(home, stub, { store, catalog }, apiKey);
    return opened.sync;
  }

  effects(overrides: Partial<Effects> = {}): Effects {
    const env = { TMDB_API_KEY: this.#key, TMDB_BASE_URL: this.stub.url };
    return testEffects({
      clock: impatient(this.clock, this.waiting),
      random: this.#random,
      env,
      log: this.#log(),
      ...overrides,
    });
  }

  run(settings: { execution?: string; definition?: RestSource; effects?: Partial<Effects> } = {}): Promise<RestRun> {
    const { definition = popular, execution, effects } = settings;
    const targets = Object.fromEntries(
      Object.keys(definition.endpoints).map((name) => [name, name === 'genres' ? bronzeGenres : bronze]),
    );
    return runRestSource(
      { name: 'tally.sync', definition, targets },
      { ...this.ports, findErased: async () => undefined },
      { signal: new AbortController().signal, log: this.#log(), ...(execution === undefined ? {} : { execution }) },
      this.effects(effects),
    );
  }

  async fails(code: ErrorCode, settings: Parameters<Sync['run']>[0] = {}): Promise<PlayheadError> {
    const failure = await this.run(settings).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(isPlayheadError(failure, code), `${code} was expected, not ${String(failure)}`);
    return failure;
  }

  async keys(): Promise<readonly string[]> {
    const names = (await this.ports.catalog.objects('tally_dev', 'bronze_shows')).map((object) => object.key);
    return names.map((name) => name.replace(/^bronze\/tmdb\/shows\//, ''));
  }

  /** Every byte that was written below the home. */
  async written(): Promise<string> {
    const texts: string[] = [];
    for (const entry of await readdir(this.home, { recursive: true, withFileTypes: true }))
      if (entry.isFile()) texts.push((await readFile(join(entry.parentPath, entry.name))).toString('latin1'));
    return texts.join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stub.close();
    await this.ports.catalog.close();
    await this.ports.store.close();
    await rm(this.home, { recursive: true, force: true });
  }

  #log(): Logger {
    return { log: (level, message, fields) => this.lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`) };
  }
}

/** Strikes the first so many requests of one list's page. */
export function strike(fault: FaultName, path: string, page = 1, times = Number.POSITIVE_INFINITY): Sync['fault'] {
  return (request) => (request.path === path && request.page === page && request.before < times ? fault : undefined);
}

/** Some of the lists, and three pages of each: the rest is more of the same. */
export function only(...names: readonly string[]): RestSource {
  const chosen = Object.entries(tmdb.endpoints).filter(([name]) => names.includes(name));
  const endpoints = chosen.map(([name, each]) => [name, { ...each, maxPages: Math.min(each.maxPages, 3) }] as const);
  return { ...tmdb, endpoints: Object.fromEntries(endpoints) };
}

export const popular = only('popular_shows');
