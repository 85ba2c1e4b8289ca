import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { Effects } from '../../src/base/effects.ts';
import { table } from '../../src/catalog/definition.ts';
import type { DeliverySubject } from '../../src/delivery/bound-delivery.ts';
import { parquet } from '../../src/delivery/definition.ts';
import { openDelivery } from '../../src/delivery/delivery.ts';
import { openQueries, type Queries } from '../../src/query/queries.ts';
import type { SqlValue } from '../../src/sql/engine.ts';
import type { Stream } from '../../src/stream/stream.ts';
import { type Lakehouse, openLakehouse, Play, plays, rawValues, startMs } from '../delivery/lakehouse.ts';

const landing = table({
  database: 'media',
  name: 'plays',
  record: Play,
  location: 'plays/',
  format: 'json',
  partitions: { year: 'int', month: 'int', day: 'int', hour: 'int' },
});

describe('a fresh query', () => {
  let lakehouse: Lakehouse;
  let subject: DeliverySubject;
  beforeEach(async () => {
    lakehouse = await openLakehouse();
    subject = { ...lakehouse.subject({ buffer: { size: 2000 } }), table: landing };
  });
  afterEach(() => lakehouse.close());

  const drain = (effects: Effects = lakehouse.effects): Promise<unknown> =>
    openDelivery(subject, lakehouse.ports, effects).drain();

  const open = async (
    effects: Effects = lakehouse.effects,
    stream: Stream | (() => Promise<Stream>) = lakehouse.ports.stream,
  ): Promise<Queries> => {
    const { catalog, lake } = lakehouse.ports;
    const log = typeof stream === 'function' ? stream : async () => stream;
    const ports = { catalog, lake, duck: await lakehouse.ports.duck(), stream: log };
    const landings = new Map([['media.curated', 'media.plays']]);
    const committed = new Set(['media.plays']);
    return openQueries(ports, { database: 'media', deliveries: [subject], landings, committed }, effects);
  };

  async function rows(queries: Queries, sql: string, fresh = true): Promise<(readonly SqlValue[])[]> {
    const result = await queries.run(sql, { fresh });
    const all: (readonly SqlValue[])[] = [];
    for await (const page of result.pages) all.push(...page);
    return all;
  }

  /** Files of the log's records that queries keep. */
  async function spooled(): Promise<string[]> {
    const { temporaryDirectory } = await lakehouse.ports.duck();
    const names = await lakehouse.effects.fs.readdir(temporaryDirectory);
    return names.filter((name) => name.startsWith('hot-'));
  }

  const count = 'SELECT count(*), count(DISTINCT n), sum(n) FROM plays';
  const exactly = (total: number): bigint[] => [BigInt(total), BigInt(total), BigInt((total * (total - 1)) / 2)];

  it('reads what is delivered and what is in the log, each record once', async () => {
    await drain();
    const queries = await open();
    await lakehouse.produce(plays(0, 50));
    assert.deepEqual(await rows(queries, count), [exactly(50)]);
    await drain();
    await lakehouse.produce(plays(50, 80));
    assert.deepEqual(await rows(queries, count), [exactly(80)]);
    assert.deepEqual(await rows(queries, count, false), [exactly(50)]);
    // What is in the log is in no object yet.
    assert.deepEqual(await rows(queries, 'SELECT count(*), count("$path") FROM plays'), [[80n, 50n]]);
    await queries.close();
  });

  it('counts nothing twice and nothing less at any step of a delivery that runs meanwhile', async () => {
    await drain();
    const queries = await open();
    await lakehouse.produce(plays(0, 120));
    const seen: string[] = [];
    const reached = async (step: string): Promise<void> => {
      if (!step.startsWith('delivery.')) return;
      seen.push(step);
      assert.deepEqual(await rows(queries, count), [exactly(120)], step);
    };
    await drain({ ...lakehouse.effects, reached });
    for (const step of ['delivery.planned', 'delivery.object', 'delivery.committed'])
      assert.ok(seen.includes(step), step);
    assert.deepEqual(await rows(queries, count, false), [exactly(120)]);
    await queries.close();
  });

  it('keeps its snapshot when a delivery commits after it was taken', async () => {
    await drain();
    await lakehouse.produce(plays(0, 40));
    await drain();
    await lakehouse.produce(plays(40, 90));
    let delivered = false;
    const reached = async (step: string): Promise<void> => {
      if (step !== 'query.snapshot' || delivered) return;
      delivered = true;
      await drain();
      await lakehouse.produce(plays(90, 100));
    };
    const queries = await open({ ...lakehouse.effects, reached });
    assert.deepEqual(await rows(queries, count), [exactly(90)]);
    assert.ok(delivered);
    assert.deepEqual(await rows(queries, count), [exactly(100)]);
    await queries.close();
  });

  it('goes on across epochs of lanes', async () => {
    await drain();
    await lakehouse.produce(plays(0, 40));
    await drain();
    subject = { ...subject, definition: { ...subject.definition, lanes: 2 } };
    await lakehouse.produce(plays(40, 60));
    await drain();
    await lakehouse.produce(plays(60, 75));
    const queries = await open();
    assert.deepEqual(await rows(queries, count), [exactly(75)]);
    await queries.close();
  });

  it('counts nothing twice when other lanes begin while it takes its snapshot', async () => {
    await drain();
    await lakehouse.produce(plays(0, 40));
    await drain();
    await lakehouse.produce(plays(40, 60));
    let delivered = false;
    const reached = async (step: string): Promise<void> => {
      if (step !== 'query.series' || delivered) return;
      delivered = true;
      subject = { ...subject, definition: { ...subject.definition, lanes: 2 } };
      await drain();
    };
    const queries = await open({ ...lakehouse.effects, reached });
    assert.deepEqual(await rows(queries, count), [exactly(60)]);
    assert.ok(delivered);
    await queries.close();
  });

  it('writes on where a write is cut short, and says when the disk is full', async () => {
    await drain();
    await lakehouse.produce(plays(0, 40));
    let left = Number.POSITIVE_INFINITY;
    const { fs } = lakehouse.effects;
    const cutShort: typeof fs.open = async (...given) => {
      const file = await fs.open(...given);
      const writev = file.writev.bind(file);
      const some = async (parts: readonly Uint8Array[], position: number): Promise<unknown> => {
        if (left <= 0) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
        const taken = Buffer.concat(parts).subarray(0, 100);
        left -= taken.length;
        return writev([taken], position);
      };
      return Object.assign(file, { writev: some });
    };
    const queries = await open({ ...lakehouse.effects, fs: { ...fs, open: cutShort } });
    assert.deepEqual(await rows(queries, count), [exactly(40)]);
    const kept = await spooled();
    await lakehouse.produce(plays(40, 80));
    left = 300;
    await assert.rejects(rows(queries, count), { code: 'PH_STORAGE_FULL' });
    assert.deepEqual(await spooled(), kept);
    left = Number.POSITIVE_INFINITY;
    assert.deepEqual(await rows(queries, count), [exactly(80)]);
    await queries.close();
  });

  it('refuses a log that ends below its high-water mark', async () => {
    await drain();
    await lakehouse.produce(plays(0, 40));
    const { stream } = lakehouse.ports;
    const queries = await open(lakehouse.effects, {
      ...stream,
      fetch: async (_topic, _partition, from) => ({ batches: [], next: from }),
    });
    await assert.rejects(rows(queries, count), { code: 'PH_LOG_CORRUPT' });
    await queries.close();
  });

  it('puts the rows of the log into the partitions that the delivery would', async () => {
    await drain();
    await lakehouse.produce(plays(0, 10, 600_000));
    const queries = await open();
    const byHour = 'SELECT hour, count(*) FROM plays WHERE year = 2025 GROUP BY hour ORDER BY hour';
    const fresh = await rows(queries, byHour);
    assert.deepEqual(fresh, [
      [20, 6n],
      [21, 4n],
    ]);
    await drain();
    assert.deepEqual(await rows(queries, byHour, false), fresh);
    const result = await queries.run('SELECT n FROM plays WHERE hour = 21', { fresh: true });
    for await (const _ of result.pages);
    assert.equal((await result.summary()).partitions.read, 1);
    await queries.close();
  });

  it('leaves out what the delivery would send to the error prefix', async () => {
    await drain();
    await lakehouse.produce(
      rawValues(['{"n":0,"who":"a"}', 'no json', '[1]', undefined, '{"n":1,\n"who":"b"}', '{"n":2,"n":3}'], startMs),
    );
    const queries = await open();
    assert.deepEqual(await rows(queries, count), [exactly(2)]);
    await drain();
    assert.deepEqual(await rows(queries, count, false), [exactly(2)]);
    await queries.close();
  });

  it('is refused on a table that a job makes, naming the landing table', async () => {
    await drain();
    const { catalog } = lakehouse.ports;
    await catalog.putTable(
      {
        database: 'media',
        name: 'curated',
        columns: [{ name: 'n', type: 'bigint' }],
        partitionKeys: [],
        location: 'curated/',
        format: 'parquet',
        parameters: {},
      },
      0,
    );
    const queries = await open();
    await assert.rejects(rows(queries, 'SELECT n FROM curated'), (error: { code?: string; hint?: string }) => {
      assert.equal(error.code, 'PH_USAGE');
      assert.match(error.hint ?? '', /media\.plays/);
      return true;
    });
    await queries.close();
  });

  it('leaves no spool behind', async () => {
    await drain();
    await lakehouse.produce(plays(0, 10));
    const queries = await open();
    const result = await queries.run(count, { fresh: true });
    for await (const _ of result.pages);
    await result.summary();
    await queries.close();
    assert.deepEqual(await spooled(), []);
  });

  it('fetches each record of the log once, however many queries ask, delivered meanwhile or not', async () => {
    await drain();
    const { stream } = lakehouse.ports;
    let fetched = 0;
    const queries = await open(lakehouse.effects, {
      ...stream,
      fetch: async (...given) => {
        const found = await stream.fetch(...given);
        fetched += found.batches.reduce((sum, batch) => sum + batch.count, 0);
        return found;
      },
    });
    for (let total = 20; total <= 100; total += 20) {
      await lakehouse.produce(plays(total - 20, total));
      assert.deepEqual(await rows(queries, count), [exactly(total)]);
      if (total % 40 === 0) await drain();
      assert.deepEqual(await rows(queries, count), [exactly(total)]);
    }
    assert.equal(fetched, 100);
    await queries.close();
  });

  it('shows no record after it was erased from the log, also by another process', async () => {
    await drain();
    await lakehouse.produce(plays(0, 21));
    const queries = await open();
    assert.deepEqual(await rows(queries, count), [exactly(21)]);
    const all = "SELECT count(*), count_if(who = 'viewer-3') FROM plays";
    const reached = async (step: string): Promise<void> => {
      // What is read before the erased records are gone, is not kept any longer than they are there.
      if (step === 'erase.segment-written') assert.deepEqual(await rows(queries, all), [[21n, 3n]]);
    };
    const another = await lakehouse.anotherLog({ ...lakehouse.effects, reached });
    assert.equal((await another.erase('plays', (_, key) => String(key) === 'viewer-3')).records, 3);
    await another.close();
    assert.deepEqual(await rows(queries, all), [[18n, 0n]]);
    await queries.close();
  });

  it('keeps the files of a query that runs when what they hold is erased', async () => {
    await drain();
    await lakehouse.produce(plays(0, 21));
    const queries = await open();
    const running = await queries.run(count, { fresh: true });
    const held = await spooled();
    await lakehouse.ports.stream.erase('plays', (_, key) => String(key) === 'viewer-3');
    assert.deepEqual(await rows(queries, 'SELECT count(*) FROM plays'), [[18n]]);
    assert.deepEqual(
      (await spooled()).filter((name) => held.includes(name)),
      held,
    );
    for await (const page of running.pages) assert.deepEqual(page, [exactly(21)]);
    assert.deepEqual(
      (await spooled()).filter((name) => held.includes(name)),
      [],
    );
    await queries.close();
  });

  it('takes no record of a log for one of the copy that was put in its place', async () => {
    await drain();
    await lakehouse.produce(plays(0, 30));
    const { stream, putBack } = await lakehouse.copyLog();
    const log = { present: stream };
    const queries = await open(lakehouse.effects, async () => log.present);
    await lakehouse.produce(plays(30, 60));
    assert.deepEqual(await rows(queries, count), [exactly(60)]);
    log.present = await putBack();
    await log.present.append({ topic: 'plays', source: 'other', firstSequence: 0n, batch: plays(60, 90) });
    const other = 'SELECT count(*), count_if(n >= 30 AND n < 60) FROM plays';
    assert.deepEqual(await rows(queries, other), [[60n, 0n]]);
    await queries.close();
  });

  it('reads objects where the log let go of what they hold', async () => {
    await drain();
    await lakehouse.produce(plays(0, 40));
    const { stream } = lakehouse.ports;
    const queries = await open();
    assert.deepEqual(await rows(queries, count), [exactly(40)]);
    await drain();
    const ends = (await stream.describe('plays'))?.state.map(({ end }) => end) ?? [];
    await stream.trim('plays', ends, Number.POSITIVE_INFINITY);
    const result = await queries.run(count, { fresh: true });
    for await (const page of result.pages) assert.deepEqual(page, [exactly(40)]);
    assert.equal((await result.summary()).hotBytes, 0);
    await lakehouse.produce(plays(40, 50));
    assert.deepEqual(await rows(queries, count), [exactly(50)]);
    await queries.close();
  });

  it('shows nothing of a delivered object that the table no longer has', async () => {
    await drain();
    await lakehouse.produce(plays(0, 10, 600_000));
    const queries = await open();
    assert.deepEqual(await rows(queries, 'SELECT count(*) FROM plays'), [[10n]]);
    await drain();
    assert.deepEqual(await rows(queries, 'SELECT count(*) FROM plays'), [[10n]]);
    await rows(queries, 'ALTER TABLE plays DROP PARTITION (year = 2025, month = 8, day = 11, hour = 21)', false);
    assert.deepEqual(await rows(queries, 'SELECT count(*) FROM plays'), [[6n]]);
    await queries.close();
  });

  it('reads an object that another series brought in', async () => {
    await drain();
    await lakehouse.produce(plays(0, 10));
    const queries = await open();
    assert.deepEqual(await rows(queries, count), [exactly(10)]);
    const { lake, catalog } = lakehouse.ports;
    const { key, etag, sizeBytes } = await lake.put('plays/of-others.json', Buffer.from('{"n":10,"who":"x"}\n'));
    const object = { key, etag, sizeBytes, rows: 1, partition: ['2025', '8', '11', '20'], series: 'others', commit: 0 };
    await catalog.registerCommit('media', 'plays', { series: 'others', number: 0, objects: [object], replaces: [] });
    assert.deepEqual(await rows(queries, count), [exactly(11)]);
    await queries.close();
  });

  it('is refused on a table that lands as Parquet, whose records are checked only when they are delivered', async () => {
    const typed = table({ database: 'media', name: 'typed', record: Play, location: 'typed/', format: 'parquet' });
    const definition = { ...lakehouse.subject().definition, prefix: 'typed/', format: parquet() };
    subject = { ...subject, table: typed, definition };
    await drain();
    await lakehouse.produce(plays(0, 10));
    const queries = await open();
    await assert.rejects(rows(queries, 'SELECT count(*) FROM typed'), { code: 'PH_SQL_UNSUPPORTED' });
    await queries.close();
  });
});
