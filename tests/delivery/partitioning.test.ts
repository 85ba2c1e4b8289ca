import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { json } from '../../src/delivery/definition.ts';
import { type Lakehouse, objectsOf, openLakehouse, rawValues } from './lakehouse.ts';

const byDevice = {
  prefix: 'plays/device=!{partitionKeyFromQuery:device}/hour=!{timestamp:HH}/',
  partitionKeys: { device: '.device.type' },
  format: json(),
};
const play = (device: unknown): string => JSON.stringify({ device: { type: device } });

describe('dynamic partitioning', () => {
  let lakehouse: Lakehouse;
  beforeEach(async () => {
    lakehouse = await openLakehouse({ partitions: 1 });
  });
  afterEach(() => lakehouse.close());

  const folders = async (): Promise<[string, number][]> =>
    objectsOf(await lakehouse.commits()).map(({ key, rows }) => [key.split('/')[1] ?? '', rows]);

  const faults = async (): Promise<string[]> => {
    const texts = await Promise.all(
      objectsOf(await lakehouse.commits(), 'error').map(({ key }) => lakehouse.read(key)),
    );
    return texts.flatMap((text) => text.trimEnd().split('\n')).map((line) => String(JSON.parse(line).errorCode));
  };

  it('puts records by the values of their keys, scalars as text', async () => {
    await lakehouse.produce(rawValues(['tv', 'web', 'tv', 7, true].map(play)));
    await lakehouse.open(byDevice).drain();
    assert.deepEqual(await folders(), [
      ['device=tv', 2],
      ['device=web', 1],
      ['device=7', 1],
      ['device=true', 1],
    ]);
  });

  it('escapes as Hive what would be another path', async () => {
    await lakehouse.produce(rawValues(['a/b', '..', 'x=y', 'ü'].map(play)));
    await lakehouse.open(byDevice).drain();
    assert.deepEqual(
      (await folders()).map(([folder]) => folder),
      ['device=a%2Fb', 'device=%2E%2E', 'device=x%3Dy', 'device=ü'],
    );
  });

  it('sends a record without a usable key to the error prefix', async () => {
    const values = [play(null), play(''), play({}), play([1]), '{}', play('x'.repeat(300))];
    await lakehouse.produce(rawValues([...values, play('tv')]));
    const { delivered } = await lakehouse.open(byDevice).drain();
    assert.equal(delivered, 1);
    assert.deepEqual((await faults()).sort(), [
      'DynamicPartitioning.InvalidPrefix',
      ...Array.from({ length: 5 }, () => 'DynamicPartitioning.MetadataExtractionFailed'),
    ]);
  });

  it('sends what lies beyond 500 partitions of a flush to the error prefix, with that reason', async () => {
    await lakehouse.produce(rawValues(Array.from({ length: 503 }, (_, n) => play(`d${n}`))));
    const { delivered } = await lakehouse.open({ ...byDevice, buffer: { size: 1024 ** 2 } }).drain();
    assert.equal(delivered, 500);
    assert.deepEqual(
      await faults(),
      Array.from({ length: 3 }, () => 'DynamicPartitioning.ActivePartitionLimitExceeded'),
    );
  });
});
