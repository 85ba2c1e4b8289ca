import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { systemEffects } from '../../src/base/effects.ts';
import { type Delivery, openDelivery } from '../../src/delivery/delivery.ts';
import { openKafkaStream } from '../../src/stream/kafka/open.ts';
import type { Stream } from '../../src/stream/stream.ts';
import { deliveredNumbers, type Lakehouse, openLakehouse, plays } from '../delivery/lakehouse.ts';
import { type OwnCluster, ownCluster } from './own-cluster.ts';

const partitions = 6;
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

describe('a log on three brokers', { timeout: 600_000 }, () => {
  let cluster: OwnCluster;
  let log: Stream;
  let lakehouse: Lakehouse;
  before(async () => {
    cluster = await ownCluster(3);
    log = await openKafkaStream({ brokers: cluster.addresses, patienceMs: 120_000 }, systemEffects());
    lakehouse = await openLakehouse({ partitions });
  });
  after(async () => {
    await Promise.all([log.close(), lakehouse.close()]);
    await cluster.remove();
  });

  const open = (): Delivery => {
    const subject = lakehouse.subject({ buffer: { size: 16 * 1024, interval: 60_000 } });
    return openDelivery(subject, { ...lakehouse.ports, stream: log }, systemEffects());
  };

  it('loses and doubles nothing while the leaders of its partitions are killed and come back, each in turn', async () => {
    const stop = new AbortController();
    const delivery = open();
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
});
