import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemEffects } from '../../src/base/effects.ts';
import { openKafkaStream } from '../../src/stream/kafka/open.ts';
import type { Stream } from '../../src/stream/stream.ts';
import { numbered, type PlainRecord, plain } from '../stream/records.ts';
import { type OwnBroker, ownBroker } from './own-broker.ts';

describe('a log on Kafka, when processes die', { timeout: 600_000 }, () => {
  let broker: OwnBroker;
  let log: Stream;
  const partitions = 3;
  before(async () => {
    broker = await ownBroker();
    // A broker that starts on a busy machine may take its time.
    log = await openKafkaStream({ brokers: [broker.address], patienceMs: 300_000 }, systemEffects());
  });
  after(async () => {
    await log.close();
    await broker.remove();
  });

  async function everything(topic: string): Promise<readonly PlainRecord[]> {
    const found: PlainRecord[] = [];
    for (const { partition, start, end } of (await log.describe(topic))?.state ?? [])
      for (let next = start; next < end; ) {
        const fetched = await log.fetch(topic, partition, next, { maxBytes: 1e6 });
        found.push(...plain(fetched.batches));
        next = fetched.next;
      }
    return found;
  }

  const numbers = (records: readonly PlainRecord[]): readonly number[] =>
    records.map(({ value }) => Number(JSON.parse(value).n));

  /** The writer's deaths: each step, once early and once late; then it ends by itself. */
  async function writeDespiteKills(source: string, total: number): Promise<number> {
    const deaths = ['stream.produced', 'stream.committed'].flatMap((step) => [1, 4].map((nth) => [step, String(nth)]));
    for (const [step = '', nth = ''] of [...deaths, ['none', '1']]) {
      const script = fileURLToPath(new URL('./child/kafka-writer.ts', import.meta.url));
      const args = ['--disable-warning=ExperimentalWarning', script, broker.address, source, String(total), step, nth];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
      const [code, signal] = await once(child, 'exit');
      assert.deepEqual([code, signal], step === 'none' ? [0, null] : [null, 'SIGKILL']);
    }
    return deaths.length;
  }

  it('has each record once and in order, wherever its writers were killed', async () => {
    await log.ensureTopic({ topic: 't', partitions, retentionMs: 3_600_000, cleanup: 'delete' });
    const total = 300;
    const sources = ['one', 'two'];
    assert.deepEqual(await Promise.all(sources.map((source) => writeDespiteKills(source, total))), [4, 4]);
    const byKey = Map.groupBy(await everything('t'), ({ key }) => key);
    const seen: string[] = [];
    for (const [key, records] of byKey) {
      const own = numbers(records);
      assert.deepEqual(
        own,
        own.toSorted((a, b) => a - b),
        `records of ${key} in order`,
      );
      seen.push(...own.map((n) => `${key?.split('-')[0]} ${n}`));
    }
    const expected = sources.flatMap((source) => [...Array(total).keys()].map((n) => `${source} ${n}`));
    assert.deepEqual(seen.toSorted(), expected.toSorted());
    const account = await (await log.inspect('t'))?.account();
    for (const { sequences, hours } of account?.sources ?? []) {
      assert.equal(sequences, total);
      assert.equal(
        hours.reduce((sum, { logged }) => sum + logged, 0),
        total,
      );
      for (const { sent, logged, resent } of hours) assert.equal(sent, logged + resent);
    }
  });

  it('rides out a broker that is killed and started again, and appends once what was under way', async () => {
    await log.ensureTopic({ topic: 'restarted', partitions, retentionMs: 3_600_000, cleanup: 'delete' });
    const rounds = 60;
    const appends: Promise<unknown>[] = [];
    const restarted = (async () => {
      await broker.kill();
      await broker.start();
    })();
    for (let round = 0; round < rounds; round += 1) {
      const batch = numbered(round * 10, round * 10 + 10, (n) => `k${n % 5}`);
      appends.push(log.append({ topic: 'restarted', source: 's', firstSequence: BigInt(round * 10), batch }));
      if (round % 20 === 0) await appends.at(-1);
    }
    await Promise.all([...appends, restarted]);
    const seen = numbers(await everything('restarted')).toSorted((a, b) => a - b);
    assert.deepEqual(seen, [...Array(rounds * 10).keys()]);
    assert.equal(await log.lastSequence('restarted', 's'), BigInt(rounds * 10 - 1));
  });

  it('gives up on a broker that stays away, and says that it is', async () => {
    const impatient = await openKafkaStream({ brokers: [broker.address], patienceMs: 200 }, systemEffects());
    await impatient.describe('t');
    await broker.kill();
    const gone = { code: 'PH_STREAM_FAILED', message: /reading|looking/ };
    await assert.rejects(impatient.describe('t'), gone);
    await impatient.close();
    await broker.start();
    assert.equal((await everything('t')).length, 600);
  });
});
