import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Admin } from '@platformatic/kafka';
import { systemEffects } from '../../src/base/effects.ts';
import { type Delivery, openDelivery } from '../../src/delivery/delivery.ts';
import { openKafkaStream } from '../../src/stream/kafka/open.ts';
import type { Stream } from '../../src/stream/stream.ts';
import { deliveredNumbers, type Lakehouse, openLakehouse, plays } from '../delivery/lakehouse.ts';
import { type OwnCluster, ownCluster } from './own-cluster.ts';

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

describe('a log on three brokers', { timeout: 600_000 }, () => {
  let cluster: OwnCluster;
  let log: Stream;
  before(async () => {
    cluster = await ownCluster(3);
    log = await openKafkaStream({ brokers: cluster.addresses, patienceMs: 120_000 }, systemEffects());
  });
  after(async () => {
    await log.close();
    await cluster.remove();
  });

  const deliveryOf = (lakehouse: Lakehouse, topic: string): Delivery => {
    const subject = lakehouse.subject({ buffer: { size: 16 * 1024, interval: 60_000 } });
    const stream = { ...subject.stream, topic };
    return openDelivery({ ...subject, stream }, { ...lakehouse.ports, stream: log }, systemEffects());
  };

  it('loses and doubles nothing while the leaders of its partitions are killed and come back, each in turn', async () => {
    await using lakehouse = disposable(await openLakehouse({ partitions: 6 }));
    const stop = new AbortController();
    const delivery = deliveryOf(lakehouse, 'plays');
    await delivery.drain();
    const live = delivery.run({ signal: stop.signal });
    let sent = 0;
    const append = async (batches: number): Promise<void> => {
      for (let batch = 0; batch < batches; batch += 1) {
        const request = { topic: 'plays', source: 'app', firstSequence: BigInt(sent), batch: plays(sent, sent + 50) };
        sent += 50;
        assert.equal((await log.append(request)).resent, 0);
      }
    };
    await append(4);
    for (const node of cluster.nodes) {
      const struck = append(8);
      await node.kill();
      await struck;
      await append(4);
      const back = append(8);
      await node.start();
      await back;
    }
    stop.abort();
    await live;
    await delivery.drain();
    assert.deepEqual(await deliveredNumbers(lakehouse), range(0, sent));
    assert.equal((await delivery.state()).pendingRecords, 0);
    const [source] = (await (await log.inspect('plays'))?.account())?.sources ?? [];
    assert.equal(source?.sequences, sent);
    const logged = source.hours.reduce((sum, hour) => sum + hour.logged, 0);
    assert.equal(logged, sent);
  });

  it('notices that a copy which lacks the newest records has taken the log over, and goes on from there when told to', async () => {
    await using lakehouse = disposable(await openLakehouse({ partitions: 1 }));
    const [first, second] = cluster.nodes;
    assert.ok(first !== undefined && second !== undefined);
    await makeWithTwoCopies('cut', cluster.addresses);
    const append = async (from: number, to: number): Promise<void> => {
      const request = { topic: 'cut', source: 'app', firstSequence: BigInt(from), batch: plays(from, to) };
      assert.equal((await log.append(request)).resent, 0);
    };
    const delivery = deliveryOf(lakehouse, 'cut');
    await append(0, 100);
    await delivery.drain();
    await second.kill();
    await append(100, 200);
    await delivery.drain();
    await first.kill();
    await second.start();
    await append(200, 400);
    await first.start();
    await assert.rejects(delivery.drain(), { code: 'PH_DELIVERY_GAP', message: /cut at 1\d\d/ });
    await delivery.acknowledgeLoss();
    await delivery.drain();
    assert.deepEqual(await deliveredNumbers(lakehouse), range(0, 400));
  });
});

/** A topic of one partition, on the first broker and on the second, of which one suffices, also where it lacks records. */
async function makeWithTwoCopies(topic: string, bootstrapBrokers: readonly string[]): Promise<void> {
  const admin = new Admin({ clientId: 'test', bootstrapBrokers: [...bootstrapBrokers] });
  const configs = { 'min.insync.replicas': '1', 'unclean.leader.election.enable': 'true' };
  try {
    await admin.createTopics({
      topics: [topic],
      assignments: [{ partition: 0, brokers: [1, 2] }],
      configs: Object.entries(configs).map(([name, value]) => ({ name, value })),
    });
  } finally {
    await admin.close();
  }
}

function disposable(lakehouse: Lakehouse): Lakehouse & AsyncDisposable {
  return { ...lakehouse, [Symbol.asyncDispose]: () => lakehouse.close() };
}
