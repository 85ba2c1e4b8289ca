import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import { table } from '../../src/catalog/definition.ts';
import { json } from '../../src/delivery/definition.ts';
import { openDelivery } from '../../src/delivery/delivery.ts';
import {
  deliveredNumbers,
  type Lakehouse,
  objectsOf,
  openLakehouse,
  Play,
  plays,
  rawValues,
  startMs,
} from './lakehouse.ts';

const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('delivery', () => {
  let lakehouse: Lakehouse;
  beforeEach(async () => {
    lakehouse = await openLakehouse();
  });
  afterEach(() => lakehouse.close());

  it('delivers each record of a backlog once, and a second drain delivers nothing', async () => {
    await lakehouse.produce(plays(0, 1000));
    const first = await lakehouse.open().drain();
    assert.equal(first.delivered, 1000);
    assert.deepEqual(await deliveredNumbers(lakehouse), numbers(0, 1000));
    assert.deepEqual(await lakehouse.open().drain(), {
      commits: 0,
      objects: 0,
      delivered: 0,
      errored: 0,
      rawBytes: 0,
      storedBytes: 0,
    });
  });

  it('cuts windows by the interval of arrival time, one object each', async () => {
    await lakehouse.produce(plays(0, 300));
    await lakehouse.open().drain();
    const objects = objectsOf(await lakehouse.commits());
    assert.deepEqual(
      objects.map(({ rows, arrivalMs }) => [rows, (arrivalMs[0] - startMs) / 1000]),
      [0, 60, 120, 180, 240].map((second) => [60, second]),
    );
  });

  it('puts records under the hour in which they arrived: no object holds two', async () => {
    await lakehouse.produce(plays(0, 60, 1000, startMs + 3_570_000));
    await lakehouse.open().drain();
    const objects = objectsOf(await lakehouse.commits());
    assert.deepEqual(
      objects.map(({ key, rows }) => [key.slice(0, key.lastIndexOf('/')), rows]),
      [
        ['plays/year=2025/month=08/day=11/hour=20', 30],
        ['plays/year=2025/month=08/day=11/hour=21', 30],
      ],
    );
  });

  it('puts a record that arrived out of order under its own hour', async () => {
    await lakehouse.produce(plays(0, 10, 1000, startMs + 3_600_000));
    await lakehouse.produce(plays(10, 20, 1000, startMs));
    await lakehouse.open().drain();
    const byHour = Object.groupBy(objectsOf(await lakehouse.commits()), ({ key }) => /hour=(\d+)/.exec(key)?.[1] ?? '');
    assert.deepEqual(
      Object.entries(byHour).map(([hour, objects]) => [hour, objects?.reduce((sum, { rows }) => sum + rows, 0)]),
      [
        ['20', 10],
        ['21', 10],
      ],
    );
  });

  it('divides one batch by the hours in which its records arrived', async () => {
    const batch = plays(0, 40);
    const late = batch.arrivalMs.map((arrivalMs, i) => (i % 4 === 3 ? arrivalMs - 3_600_000 : arrivalMs));
    await lakehouse.produce({ ...batch, arrivalMs: late });
    await lakehouse.open().drain();
    for (const { key, arrivalMs } of objectsOf(await lakehouse.commits())) {
      const hour = Number(/hour=(\d+)/.exec(key)?.[1]);
      assert.deepEqual(
        arrivalMs.map((each) => new Date(each).getUTCHours()),
        [hour, hour],
      );
    }
    assert.deepEqual(await deliveredNumbers(lakehouse), numbers(0, 40));
  });

  it('keeps a flush within the size of the buffer', async () => {
    await lakehouse.produce(plays(0, 5000, 1));
    await lakehouse.open({ buffer: { size: 20_000, interval: 60_000 } }).drain();
    const objects = objectsOf(await lakehouse.commits());
    assert.ok(objects.length > 5);
    assert.ok(objects.every(({ rawBytes }) => rawBytes <= 20_000));
    assert.deepEqual(await deliveredNumbers(lakehouse), numbers(0, 5000));
  });

  it('has no more flushes in a plan than a quarter of the memory holds, and one at least', async () => {
    await lakehouse.produce(plays(0, 1000));
    const bytesOfPlans = async (): Promise<number[]> =>
      (await lakehouse.commits())
        .filter(({ kind }) => kind === 'flushes')
        .map((commit) => objectsOf([commit]).reduce((sum, { rawBytes }) => sum + rawBytes, 0));
    const drain = (memoryBytes: number): Promise<unknown> => {
      const subject = lakehouse.subject({ buffer: { size: 3000, interval: 900_000 } });
      return openDelivery(subject, { ...lakehouse.ports, memoryBytes }, lakehouse.effects).drain();
    };
    await drain(32_000);
    const plans = await bytesOfPlans();
    assert.ok(plans.length > 2 && plans.every((bytes) => bytes <= 8000), String(plans));
    assert.ok(Math.max(...plans) > 3000, String(plans));
    await lakehouse.produce(plays(1000, 1010));
    await drain(100);
    assert.equal((await deliveredNumbers(lakehouse)).length, 1010);
  });

  it('accounts for each record by partition and arrival hour', async () => {
    await lakehouse.produce(plays(0, 100, 60_000));
    await lakehouse.produce(rawValues(['[]', '{"n":1}', undefined]));
    await lakehouse.open().drain();
    const lines = (await lakehouse.commits()).flatMap((commit) => (commit.kind === 'flushes' ? commit.account : []));
    assert.ok(lines.every(({ logged, delivered, errored }) => logged === delivered + errored));
    assert.equal(
      lines.reduce((sum, { logged }) => sum + logged, 0),
      103,
    );
    assert.equal(
      lines.reduce((sum, { errored }) => sum + errored, 0),
      2,
    );
    assert.deepEqual([...new Set(lines.map(({ hourMs }) => hourMs))].sort(), [startMs, startMs + 3_600_000]);
  });

  it('sends what is not one JSON object to the error prefix, byte for byte, with where it stood', async () => {
    const broken = ['{"n":1', '[1]', '{"n":1,"n":2}', '{"n":"\\ud800"}', '', 'null', '{"a":1}{"b":2}'];
    const invalidUtf8 = Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d);
    await lakehouse.produce(rawValues([...broken, invalidUtf8, undefined, '{"n":7,"who":"x"}']));
    const summary = await lakehouse.open().drain();
    assert.equal(summary.errored, broken.length + 2);
    assert.deepEqual(await deliveredNumbers(lakehouse), [7]);
    const [error] = objectsOf(await lakehouse.commits(), 'error');
    assert.match(error?.key ?? '', /^errors\/processing-failed\/year=2025\/month=08\/day=11\/media-landing-/);
    const lines = (await lakehouse.read(error?.key ?? ''))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const raw = lines.map(({ rawData }) =>
      rawData === null ? null : Buffer.from(rawData, 'base64').toString('latin1'),
    );
    const sent = [...broken, Buffer.from(invalidUtf8).toString('latin1'), null];
    assert.deepEqual(raw.sort(), sent.sort());
    assert.deepEqual(lines.map(({ errorCode }) => errorCode).sort(), [
      'Record.DuplicateKey',
      'Record.InvalidUtf8',
      'Record.LoneSurrogate',
      'Record.NotAnObject',
      'Record.NotAnObject',
      'Record.NotJson',
      'Record.NotJson',
      'Record.NotJson',
      'Record.Tombstone',
    ]);
    assert.ok(lines.every(({ arrivalTimestamp, position }) => arrivalTimestamp === startMs && /^\d+$/.test(position)));
  });

  it('ends every record in exactly one newline, and folds those inside a record', async () => {
    await lakehouse.produce(rawValues(['{"n":1}', '{"n":2}\n', '{\n  "n": 3\n}\n', '{"n":4}\r\n']));
    await lakehouse.open({ format: json() }).drain();
    const texts = await Promise.all(objectsOf(await lakehouse.commits()).map(({ key }) => lakehouse.read(key)));
    const lines = texts.flatMap((text) => text.replace(/\n$/, '').split('\n'));
    assert.deepEqual(lines.map((line) => JSON.parse(line).n).sort(), [1, 2, 3, 4]);
  });

  it('keeps the records as they came under the backup prefix, broken ones too', async () => {
    await lakehouse.produce(rawValues(['{"n":1}', 'broken']));
    await lakehouse.open({ backupPrefix: 'backup/!{timestamp:yyyy}/', format: json() }).drain();
    const texts = await Promise.all(
      objectsOf(await lakehouse.commits(), 'backup').map(({ key }) => lakehouse.read(key)),
    );
    assert.equal(texts.join('').length, '{"n":1}broken'.length);
  });

  it('registers partitions and objects in the catalog at commit', async () => {
    const landing = table({
      database: 'media',
      name: 'plays',
      record: Play,
      location: 'plays/',
      format: 'json',
      partitions: { year: 'int', month: 'int', day: 'int', hour: 'int' },
    });
    await lakehouse.produce(plays(0, 100, 60_000));
    const subject = { ...lakehouse.subject({ table: 'media.plays' }), table: landing };
    await openDelivery(subject, lakehouse.ports, lakehouse.effects).drain();
    const { catalog } = lakehouse.ports;
    assert.deepEqual(
      (await catalog.partitions('media', 'plays')).map(({ values }) => values),
      [
        ['2025', '08', '11', '20'],
        ['2025', '08', '11', '21'],
      ],
    );
    const objects = await catalog.objects('media', 'plays');
    assert.equal(
      objects.reduce((sum, { rows }) => sum + rows, 0),
      100,
    );
  });

  it('refuses a compacted topic', () => {
    const subject = { ...lakehouse.subject(), stream: { ...lakehouse.topic, cleanup: 'compact' as const } };
    assert.throws(
      () => openDelivery(subject, lakehouse.ports, lakehouse.effects),
      (error) => isPlayheadError(error, 'PH_CONFIG_INVALID'),
    );
  });
});
