import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Admin, Producer, stringSerializers } from '@platformatic/kafka';
import { systemEffects } from '../../src/base/effects.ts';
import { bitAt, type RecordBatch } from '../../src/record/batch.ts';
import { openKafkaStream } from '../../src/stream/kafka/open.ts';
import type { Stream } from '../../src/stream/stream.ts';
import { numbered, plain } from '../stream/records.ts';
import { kafkaTool, tools } from './kafka-tools.ts';
import { type SuiteServers, suiteServers } from './servers.ts';

describe('a log on Kafka, among other programs', { timeout: 600_000 }, () => {
  let servers: SuiteServers;
  let log: Stream;
  let brokers: string;
  let jars: string;
  const warnings: string[] = [];
  before(async () => {
    servers = await suiteServers('kafka');
    ({ brokers = '', jars = '' } = servers.settings('kafka'));
    const effects = systemEffects({ log: { log: (level, message) => level === 'warn' && warnings.push(message) } });
    log = await openKafkaStream({ brokers: brokers.split(',') }, effects);
  });
  after(async () => {
    await log.close();
    await servers.stop();
  });

  const spec = (topic: string, partitions = 1) => {
    return { topic, partitions, retentionMs: 3_600_000, cleanup: 'delete' } as const;
  };

  async function make(topic: string, partitions: number, ...configs: readonly string[]): Promise<void> {
    const settings = configs.flatMap((config) => ['--config', config]);
    const where = ['--create', '--topic', topic, '--partitions', String(partitions), '--replication-factor', '1'];
    await kafkaTool(jars, servers.folder, tools.topics, ['--bootstrap-server', brokers, ...where, ...settings]);
  }

  async function readAll(topic: string): Promise<readonly RecordBatch[]> {
    const batches: RecordBatch[] = [];
    for (const { partition, start, end } of (await log.describe(topic))?.state ?? [])
      for (let next = start; next < end; ) {
        const fetched = await log.fetch(topic, partition, next, { maxBytes: 1e6 });
        batches.push(...fetched.batches);
        next = fetched.next;
      }
    return batches;
  }

  const valuesOf = async (topic: string): Promise<readonly string[]> =>
    plain(await readAll(topic)).map(({ value }) => value);

  /** A producer of the client library's own: not the code that is tested. */
  const producer = (transactionalId?: string) =>
    new Producer({
      clientId: 'other',
      bootstrapBrokers: brokers.split(','),
      serializers: stringSerializers,
      ...(transactionalId === undefined
        ? {}
        : { transactionalId, idempotent: true, producerId: -1n, producerEpoch: -1 }),
    });

  it('is read by kafka-console-consumer: values without our newline, keys, in order, once', async () => {
    await log.ensureTopic(spec('ours'));
    for (const first of [0, 40])
      await log.append({
        topic: 'ours',
        source: 's',
        firstSequence: BigInt(first),
        batch: numbered(first, first + 40, (n) => `k${n % 3}`),
      });
    const options = ['--topic', 'ours', '--from-beginning', '--max-messages', '80', '--timeout-ms', '60000'];
    const shown = ['--formatter-property', 'print.key=true', '--isolation-level', 'read_committed'];
    const output = await kafkaTool(jars, servers.folder, tools.consoleConsumer, [
      '--bootstrap-server',
      brokers,
      ...options,
      ...shown,
    ]);
    assert.deepEqual(
      output.trimEnd().split('\n'),
      Array.from({ length: 80 }, (_, n) => `k${n % 3}\t{"n":${n}}`),
    );
  });

  it('reads what kafka-verifiable-producer wrote, each record once, arrived at its timestamp', async () => {
    await make('verified', 3);
    const args = ['--bootstrap-server', brokers, '--topic', 'verified', '--max-messages', '5000'];
    const output = await kafkaTool(jars, servers.folder, tools.verifiableProducer, args);
    const sent = output.split('\n').flatMap((line) => {
      const told = line.startsWith('{') ? JSON.parse(line) : {};
      return told.name === 'producer_send_success' ? [[told.partition, BigInt(told.offset), told.value]] : [];
    });
    assert.equal(sent.length, 5000);
    const batches = await readAll('verified');
    const found = new Map(plain(batches).map(({ partition, position, value }) => [`${partition}/${position}`, value]));
    assert.equal(found.size, 5000);
    for (const [partition, offset, value] of sent) assert.equal(found.get(`${partition}/${offset}`), value);
    for (const { arrivalMs, appendedMs } of batches) assert.deepEqual(arrivalMs, appendedMs);
    const state = await log.describe('verified');
    const latestMs = Math.max(...batches.flatMap(({ arrivalMs }) => [...arrivalMs]));
    assert.equal(state?.lastArrivalMs, latestMs);
  });

  it('reads every compression that the Java client has', async () => {
    const payload = join(servers.folder, 'payload');
    const line = `{"text":"${'compress me '.repeat(20)}"}`;
    await writeFile(payload, `${line}\n`);
    for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
      const topic = `by-${compression}`;
      await make(topic, 1);
      const properties = [`bootstrap.servers=${brokers}`, `compression.type=${compression}`, 'linger.ms=20'];
      const load = ['--topic', topic, '--num-records', '3000', '--throughput', '-1', '--payload-file', payload];
      await kafkaTool(jars, servers.folder, tools.producerPerformance, [...load, '--command-property', ...properties]);
      const values = await valuesOf(topic);
      assert.equal(values.length, 3000, compression);
      assert.deepEqual(new Set(values), new Set([line]), compression);
    }
  });

  it('never sees the records of an aborted transaction, and keeps tombstones with their place', async () => {
    await make('others', 1);
    const own = producer('other-writer');
    for (const [outcome, values] of [
      ['commit', ['a', 'b']],
      ['abort', ['never', 'seen']],
      ['commit', ['c']],
    ] as const) {
      const transaction = await own.beginTransaction();
      await transaction.send({ messages: values.map((value) => ({ topic: 'others', key: 'k', value, partition: 0 })) });
      await transaction[outcome]();
    }
    await own.close();
    const plainOne = producer();
    // The library's types know no tombstone, its protocol does.
    const tombstone = { topic: 'others', key: 'gone', value: undefined as unknown as string, partition: 0 };
    await plainOne.send({ messages: [tombstone], acks: -1 });
    await plainOne.close();
    const batches = await readAll('others');
    const records = plain(batches);
    assert.deepEqual(
      records.map(({ value, key }) => [key, value]),
      [
        ['k', 'a'],
        ['k', 'b'],
        ['k', 'c'],
        ['gone', ''],
      ],
    );
    const last = batches.at(-1);
    assert.ok(last && bitAt(last.nulls, last.count - 1));
    const end = (await log.describe('others'))?.state[0]?.end ?? 0n;
    assert.ok(end > 4n);
    assert.equal(await log.countRecords('others', 0, 0n, end), 4);
    const { positions } = await log.append({ topic: 'others', source: 's', firstSequence: 0n, batch: numbered(0, 9) });
    const inspection = await log.inspect('others');
    assert.equal(await inspection?.countForeign(0, 0n, (positions[8] ?? 0n) + 1n), 4);
    assert.deepEqual(
      (await readAll('others')).map(({ foreign = false }) => foreign),
      [...batches.map(() => true), false],
    );
  });

  it('does not see what a transaction has not committed yet, nor what comes behind it', async () => {
    await log.ensureTopic(spec('waiting'));
    const own = producer('slow-writer');
    const transaction = await own.beginTransaction();
    await transaction.send({ messages: [{ topic: 'waiting', key: 'k', value: 'slow', partition: 0 }] });
    assert.deepEqual(await valuesOf('waiting'), []);
    await transaction.commit();
    await own.close();
    await log.waitForMore('waiting', [0n], new AbortController().signal);
    assert.deepEqual(await valuesOf('waiting'), ['slow']);
  });

  it('refuses a topic with another number of partitions or that is compacted, and changes nothing of it', async () => {
    await make('narrow', 2, 'retention.ms=60000');
    const fewer = { code: 'PH_TOPIC_INCOMPATIBLE', message: /narrow has partitions 2, the definition says 20/ };
    await assert.rejects(log.ensureTopic(spec('narrow', 20)), fewer);
    await make('compacted', 1, 'cleanup.policy=compact');
    await assert.rejects(log.ensureTopic(spec('compacted')), { code: 'PH_TOPIC_INCOMPATIBLE' });
    assert.equal((await log.ensureTopic(spec('narrow', 2))).retentionMs, 60_000);
    assert.ok(warnings.some((warning) => /narrow keeps records for 1 min, the definition says 1 h/.test(warning)));
  });

  it('says that a batch is too large for the topic, and goes on with the next', async () => {
    await make('small', 1, 'max.message.bytes=20000');
    const random = Buffer.from(Array.from({ length: 30_000 }, (_, i) => (i * 7919) % 251)).toString('base64');
    const uncompressed = await openKafkaStream({ brokers: brokers.split(','), compression: 'none' }, systemEffects());
    const batch = numbered(0, 1);
    const large = { ...batch, values: Buffer.from(`${random}\n`), valueEnds: Uint32Array.of(random.length + 1) };
    const append = { topic: 'small', source: 's', firstSequence: 0n };
    await assert.rejects(uncompressed.append({ ...append, batch: large }), { code: 'PH_RECORD_TOO_LARGE' });
    assert.equal((await uncompressed.append({ ...append, batch: numbered(0, 3000) })).logged, 3000);
    assert.equal((await valuesOf('small')).length, 3000);
    await uncompressed.close();
  });

  it('appends nothing to a topic that was made anew under a writer, and tells it so once', async () => {
    const name = 'anew';
    await log.ensureTopic(spec(name, 3));
    const sent = (first: number) => {
      return { topic: name, source: 's', firstSequence: BigInt(first), batch: numbered(first, first + 10) };
    };
    await log.append(sent(0));
    const former = (await log.describe(name))?.id;
    const admin = new Admin({ clientId: 'other', bootstrapBrokers: brokers.split(',') });
    await admin.deleteTopics({ topics: [name] });
    await admin.createTopics({ topics: [name], partitions: 3, replicas: 1 });
    await admin.close();
    const anew = { code: 'PH_SOURCE_SEQUENCE_GAP', message: /anew was deleted and made anew while it was filled/ };
    await assert.rejects(log.append(sent(10)), anew);
    assert.deepEqual(await valuesOf(name), []);
    assert.notEqual((await log.describe(name))?.id, former);
    assert.equal(await log.lastSequence(name, 's'), undefined);
    for (const first of [0, 10]) assert.equal((await log.append(sent(first))).logged, 10);
    assert.equal((await log.append(sent(0))).resent, 10);
    assert.equal((await valuesOf(name)).length, 20);
  });

  it('refuses a position that deleteRecords has passed, and names what is left', async () => {
    await log.ensureTopic(spec('cut'));
    const { positions } = await log.append({ topic: 'cut', source: 's', firstSequence: 0n, batch: numbered(0, 10) });
    await log.trim('cut', [positions[6] ?? 0n], Number.MAX_SAFE_INTEGER);
    await assert.rejects(log.fetch('cut', 0, 0n, { maxBytes: 1 }), {
      code: 'PH_POSITION_OUT_OF_RANGE',
      message: /position 0 is not in partition 0 of cut, which has 6 to 11/,
    });
    assert.deepEqual(await valuesOf('cut'), ['{"n":6}\n', '{"n":7}\n', '{"n":8}\n', '{"n":9}\n']);
  });
});
