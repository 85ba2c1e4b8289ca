import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { parquetReadObjects } from 'hyparquet';
import { isPlayheadError } from '../../src/base/errors.ts';
import { parquet } from '../../src/delivery/definition.ts';
import { type Lakehouse, objectsOf, openLakehouse, plays, rawValues } from './lakehouse.ts';

const asParquet = { format: parquet({ compression: 'snappy' }) };

describe('delivery to Parquet', () => {
  let lakehouse: Lakehouse;
  beforeEach(async () => {
    lakehouse = await openLakehouse({ partitions: 2 });
  });
  afterEach(() => lakehouse.close());

  const rowsOf = async (key: string): Promise<Record<string, unknown>[]> => {
    const bytes = await readFile(await lakehouse.ports.lake.localFile(key));
    return parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) });
  };

  it('writes typed columns that another reader reads', async () => {
    await lakehouse.produce(plays(0, 50));
    await lakehouse.open(asParquet).drain();
    const rows: Record<string, unknown>[] = [];
    for (const { key } of objectsOf(await lakehouse.commits())) {
      assert.match(key, /\.parquet$/);
      rows.push(...(await rowsOf(key)));
    }
    assert.equal(rows.length, 50);
    assert.equal(
      rows.reduce((sum, { n }) => sum + Number(n), 0),
      (49 * 50) / 2,
    );
    assert.equal(typeof rows[0]?.['n'], 'bigint');
  });

  it('sends a record that its columns cannot hold exactly to format-conversion-failed, whole, and says why', async () => {
    const mistyped = ['{"n":1.5,"who":"x"}', '{"n":"seven","who":"x"}', '{"n":1,"who":"x","more":1}', '{"n":2}'];
    await lakehouse.produce(rawValues([...mistyped, '{"n":3,"who":"x"}', 'broken']));
    const summary = await lakehouse.open(asParquet).drain();
    assert.deepEqual([summary.delivered, summary.errored], [1, 5]);
    const errors = objectsOf(await lakehouse.commits(), 'error');
    assert.ok(errors.every(({ key }) => key.startsWith('errors/format-conversion-failed/')));
    const texts = await Promise.all(errors.map(({ key }) => lakehouse.read(key)));
    const lines = texts.flatMap((text) => text.trimEnd().split('\n')).map((line) => JSON.parse(line));
    const raw = lines.map(({ rawData }) => Buffer.from(rawData, 'base64').toString());
    assert.deepEqual(raw.sort(), [...mistyped, 'broken'].sort());
    assert.ok(lines.some(({ errorMessage }) => /not_whole/.test(errorMessage)));
  });

  it('writes no object where every record is rejected', async () => {
    await lakehouse.produce(rawValues(['{"n":"x","who":"x"}']));
    await lakehouse.open(asParquet).drain();
    assert.deepEqual(objectsOf(await lakehouse.commits()), []);
  });

  it('leaves nothing in its spool, whether or not what it made was put', async () => {
    await lakehouse.produce(plays(0, 50));
    const left = async (): Promise<readonly string[]> => {
      const { temporaryDirectory } = await lakehouse.ports.duck();
      return (await readdir(temporaryDirectory, { recursive: true })).filter((name) => name.includes('.'));
    };
    const settings = { ...asParquet, buffer: { size: 200 } };
    const died = { ...lakehouse.effects, reached: (step: string) => (step === 'delivery.object' ? fail() : undefined) };
    await assert.rejects(lakehouse.open(settings, died).drain(), /died/);
    assert.deepEqual(await left(), []);
    await lakehouse.open(settings).drain();
    assert.ok(objectsOf(await lakehouse.commits()).length > 3);
    assert.deepEqual(await left(), []);
  });

  it('adopts an object with the same rows and other bytes, and refuses one with other rows', async () => {
    await lakehouse.produce(plays(0, 50));
    const died = { ...lakehouse.effects, reached: (step: string) => (step === 'delivery.object' ? fail() : undefined) };
    await assert.rejects(lakehouse.open(asParquet, died).drain(), /died/);
    const [key = ''] = await lakehouse.keys('plays/');
    const { lake, duck } = lakehouse.ports;
    await using session = await (await duck()).connect();
    const rewrite = async (select: string): Promise<void> => {
      const from = await lake.localFile(key);
      const to = `${(await duck()).temporaryDirectory}/rewritten.parquet`;
      await session.run(
        `COPY (${select.replaceAll('$', `read_parquet('${from}', hive_partitioning = false)`)}) TO '${to}' (FORMAT parquet, COMPRESSION zstd)`,
      );
      await lake.put(key, await readFile(to));
    };
    await rewrite('SELECT * FROM $ WHERE n > 0 UNION ALL SELECT * FROM $ WHERE n = 0');
    await assert.rejects(lakehouse.open(asParquet).drain(), (error) => isPlayheadError(error, 'PH_COMMIT_CONFLICT'));
    await rewrite('SELECT * REPLACE (n::VARCHAR AS n) FROM $ ORDER BY n');
    await assert.rejects(lakehouse.open(asParquet).drain(), (error) => isPlayheadError(error, 'PH_COMMIT_CONFLICT'));
    await rewrite('SELECT * REPLACE (n::BIGINT AS n) FROM $ ORDER BY n');
    await lakehouse.open(asParquet).drain();
    const committed = objectsOf(await lakehouse.commits());
    assert.equal(committed.find((object) => object.key === key)?.etag, (await lake.head(key))?.etag);
  });
});

function fail(): never {
  throw new Error('died');
}
