import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { manualClock, testEffects } from '../../src/base/effects.ts';
import { diagnose } from '../../src/check/doctor.ts';
import { pathFigures } from '../../src/check/path-figures.ts';
import { defaultReport, gatherReport } from '../../src/check/report/daily-report.ts';
import { readStatus } from '../../src/check/status.ts';
import { traceByKey } from '../../src/check/trace/by-key.ts';
import { traceByPosition } from '../../src/check/trace/by-position.ts';
import { openTracer } from '../../src/check/trace/tracer.ts';
import { repackCommits } from '../../src/commit/packed-commits.ts';
import { openSeries } from '../../src/commit/series.ts';
import { seriesKey } from '../../src/commit/series-keys.ts';
import { check, lifecycle } from '../../src/index.ts';
import type { ObjectInfo, ObjectStore } from '../../src/lake/object-store.ts';
import { type Engine, openEngine } from '../../src/pipeline/engine/bind.ts';
import { embeddedProfile } from '../../src/pipeline/engine/profile.ts';
import { resolveAddress } from '../../src/pipeline/graph/address.ts';
import { engineRunner } from '../../src/pipeline/run/handlers.ts';
import { runLifecycleOf } from '../../src/pipeline/run/run-lifecycle.ts';
import { openTestPipeline } from '../../src/testing/index.ts';
import { countedStore } from '../lake/counted-store.ts';
import { shop, shopSections } from '../pipeline/shop.ts';

const old = lifecycle([{ id: 'old', prefix: 'orders/', expirationDays: 400 }]);
const checks = [check.range('amount', { min: 5 })];
const pipeline = shop({ jobs: { curate: { ...shopSections.jobs.curate, checks } }, lifecycle: { old }, schedules: {} });
const delivery = 'shop.deliver.e0.l0';

/** A store that holds objects besides those of another. */
class LongLake {
  readonly #more = new Map<string, { readonly info: ObjectInfo; readonly bytes: Buffer }>();
  #keys: readonly string[] = [];
  readonly store: ObjectStore;

  constructor(real: ObjectStore) {
    this.store = {
      ...real,
      head: async (key) => this.#more.get(key)?.info ?? real.head(key),
      get: async (key, options) => {
        const held = this.#more.get(key);
        if (held === undefined) return real.get(key, options);
        const body = async function* (): AsyncGenerator<Uint8Array> {
          yield held.bytes;
        };
        return { info: held.info, body: body() };
      },
      list: async (prefix, options = {}) => {
        const page = await real.list(prefix, options);
        if (options.delimiter !== undefined) return page;
        const { startAfter = '', limit = 1000 } = options;
        const mine = this.#keys.filter((key) => key.startsWith(prefix) && key > startAfter);
        const infos = mine.flatMap((key) => this.#more.get(key)?.info ?? []);
        const all = [...page.objects, ...infos].sort((a, b) => (a.key < b.key ? -1 : 1));
        const last = all.length > limit ? all[limit - 1]?.key : page.next;
        return { objects: all.slice(0, limit), prefixes: [], ...(last === undefined ? {} : { next: last }) };
      },
    };
  }

  add(key: string, content: unknown): ObjectInfo {
    const bytes = Buffer.from(`${JSON.stringify(content)}\n`);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const info = { key, etag: sha256.slice(0, 32), sha256, sizeBytes: bytes.length, modifiedMs: 0 };
    this.#more.set(key, { info, bytes });
    return info;
  }

  /** To be called when all is added. */
  sort(): void {
    this.#keys = [...this.#more.keys()].sort();
  }
}

describe('what is asked of the store', () => {
  let closing: AsyncDisposableStack;
  let engine: Engine;
  let lake: LongLake;
  let asked: ReturnType<typeof countedStore>;
  let stored = 2;

  before(async () => {
    closing = new AsyncDisposableStack();
    const small = closing.use(await openTestPipeline(pipeline, { now: '2025-08-11T01:00:00Z', schedules: [] }));
    await small.produce('orders', [
      { order_id: 'o1', placed_at: '2025-08-11T00:00:00Z', amount: 9 },
      { order_id: 'o2', placed_at: '2025-08-11T00:00:00Z', amount: 1 },
    ]);
    await small.produce('orders', 'not JSON\n');
    await small.deliver();
    await small.run('curate');
    const effects = testEffects({ clock: manualClock(small.clock.now()) });
    const opened = openEngine({ pipelines: [pipeline], profile: embeddedProfile, home: small.home }, effects);
    closing.defer(() => opened.close());
    lake = new LongLake(await opened.lake());
    asked = countedStore(lake.store);
    engine = { ...opened, lake: async () => asked.store };
  });
  after(() => closing.disposeAsync());

  /** Commits of delivery and job behind those that there are, each with objects of its own. */
  async function grow(to: number): Promise<void> {
    const flush = await openSeries<unknown, object>(lake.store, delivery, engine.effects).read(1);
    const run = await openSeries<unknown, object>(lake.store, 'shop.curate', engine.effects).read(0);
    const nothing = { read: 0, written: 0, quarantined: 0, deduplicated: 0, superseded: 0 };
    const object = (key: string) => {
      const { etag, sizeBytes } = lake.add(key, {});
      return {
        key,
        etag,
        sizeBytes,
        rows: 0,
        rawBytes: 0,
        flush: 0,
        partition: ['2024', String(stored)],
        arrivalMs: [0, 0],
      };
    };
    for (; stored < to; stored += 1) {
      const committedAtMs = stored;
      const objects = [
        { kind: 'data', ...object(`orders/year=2024/month=${stored}/data.json.gz`) },
        { kind: 'error', ...object(`errors/${stored}.json`) },
      ];
      lake.add(seriesKey(delivery, 'plan', stored), {});
      lake.add(seriesKey(delivery, 'commit', stored), { ...flush, committedAtMs, account: [], objects });
      const quarantine = object(`_playhead/quarantine/shop.curate/${stored}.parquet`);
      const inputs = [{ ...nothing, key: objects[0]?.key, series: delivery, commit: stored }];
      const positions = { [delivery]: stored + 1 };
      const made = { positions, inputs, objects: [], partitions: [], total: nothing, sidecars: [], quarantine };
      lake.add(seriesKey('shop.curate', 'commit', stored - 1), { ...run, committedAtMs, ...made });
    }
    lake.sort();
    for (const [series, next] of [[delivery, stored] as const, ['shop.curate', stored - 1] as const])
      await repackCommits(lake.store, series, next, engine.effects);
    await started();
  }

  /** What a process asks that begins, and finds nothing to do. */
  async function started(): Promise<void> {
    const run = await engineRunner(engine);
    for (const kind of ['delivery', 'job'] as const) {
      const address = kind === 'job' ? 'shop.curate' : 'shop.deliver';
      await run({ address, kind, trigger: 'command', arguments: {} }, new AbortController().signal);
    }
  }

  async function traced(): Promise<void> {
    await using session = await (await engine.duck()).connect();
    const tracer = await openTracer(engine, [pipeline], session, () => {});
    for (const [order_id, outcome] of [
      ['o1', 'delivered'],
      ['o2', 'quarantined'],
    ] as const)
      assert.equal((await traceByKey(tracer, { order_id })).records[0]?.outcome, outcome);
    const topic = await tracer.stream.describe('orders');
    for (const { partition, count } of topic?.state ?? [])
      if (count > 0) await traceByPosition(tracer, 'orders', partition, 0n);
  }

  const asking: Readonly<Record<string, () => Promise<unknown>>> = {
    ledger: async () =>
      assert.deepEqual(
        (await pathFigures(engine, pipeline)).flatMap(({ faults }) => faults),
        [],
      ),
    trace: traced,
    'daily report': () => gatherReport(engine, pipeline, defaultReport(pipeline), undefined),
    status: () => readStatus(engine),
    doctor: () => diagnose(engine, pipeline),
    'start-up': started,
    lifecycle: () => runLifecycleOf(engine, resolveAddress(engine.pipelines, 'old', ['lifecycle']), { dryRun: true }),
  };

  it('grows by far less than a call a commit', async () => {
    const commits = 256;
    const counts = new Map<string, number[]>(Object.keys(asking).map((name) => [name, []]));
    for (const total of [commits + 1, 2 * commits + 1]) {
      await grow(total);
      for (const [name, ask] of Object.entries(asking)) {
        asked.taken();
        await ask();
        counts.get(name)?.push(Object.values(asked.taken()).reduce((sum, calls) => sum + calls, 0));
      }
    }
    const grown = [...counts].filter(([, [few = 0, many = 0]]) => many - few > commits / 8);
    assert.deepEqual(grown, [], JSON.stringify([...counts]));
  });
});
