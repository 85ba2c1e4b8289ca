import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import type { DeliveryPorts } from '../../src/delivery/bound-delivery.ts';
import { type Delivery, openDelivery } from '../../src/delivery/delivery.ts';
import type { Stream } from '../../src/stream/stream.ts';
import { deliveredNumbers, type Lakehouse, objectsOf, openLakehouse, plays } from './lakehouse.ts';

/** A log of one partition that has lost what lies below a position. */
function without(stream: Stream, below: bigint): Stream {
  return {
    ...stream,
    ensureTopic: async (spec) => {
      const topic = await stream.ensureTopic(spec);
      return { ...topic, state: topic.state.map((state) => ({ ...state, start: below })) };
    },
  };
}

describe('a log that is gone below the committed position', () => {
  let lakehouse: Lakehouse;
  let gone: DeliveryPorts;
  beforeEach(async () => {
    lakehouse = await openLakehouse({ partitions: 1 });
    await lakehouse.produce(plays(0, 100));
    await lakehouse.open().drain();
    await lakehouse.produce(plays(100, 300));
    gone = { ...lakehouse.ports, stream: without(lakehouse.ports.stream, 150n) };
  });
  afterEach(() => lakehouse.close());

  it('stops the delivery, which names what is lost', async () => {
    await assert.rejects(
      openDelivery(lakehouse.subject(), gone, lakehouse.effects).drain(),
      (error) =>
        isPlayheadError(error, 'PH_DELIVERY_GAP') &&
        /`playhead deliver .* --accept-loss`/.test(error.hint ?? '') &&
        assert.deepEqual(error.details['lost'], [[0, '100', '150']]) === undefined,
    );
    assert.equal(
      objectsOf(await lakehouse.commits()).reduce((sum, { rows }) => sum + rows, 0),
      100,
    );
  });

  it('is passed by an explicit loss, which is written into the series', async () => {
    const delivery = openDelivery(lakehouse.subject(), gone, lakehouse.effects);
    assert.deepEqual(await delivery.acknowledgeLoss(), { lost: [[0, '100', '150']] });
    await delivery.drain();
    assert.deepEqual(
      (await lakehouse.commits()).map(({ kind }) => kind),
      ['open', 'flushes', 'loss', 'flushes'],
    );
    assert.deepEqual(await deliveredNumbers(lakehouse), [
      ...Array.from({ length: 100 }, (_, n) => n),
      ...Array.from({ length: 150 }, (_, n) => n + 150),
    ]);
    assert.equal(await delivery.acknowledgeLoss(), undefined);
  });

  it('takes a plan that cannot be redone with it, and its objects', async () => {
    const died = { ...lakehouse.effects, reached: (step: string) => (step === 'delivery.object' ? fail() : undefined) };
    await assert.rejects(lakehouse.open({}, died).drain(), /died/);
    const before = (await lakehouse.keys('plays/')).length;
    const delivery = openDelivery(lakehouse.subject(), gone, lakehouse.effects);
    await delivery.acknowledgeLoss();
    assert.ok((await lakehouse.keys('plays/')).length < before);
    await delivery.drain();
    assert.deepEqual(
      (await lakehouse.keys('plays/')).sort(),
      objectsOf(await lakehouse.commits())
        .map(({ key }) => key)
        .sort(),
    );
  });
});

describe('a log that was deleted and made anew', () => {
  let lakehouse: Lakehouse;
  let anew: DeliveryPorts;
  beforeEach(async () => {
    lakehouse = await openLakehouse({ partitions: 1 });
    await lakehouse.produce(plays(0, 100));
    await lakehouse.open().drain();
    anew = { ...lakehouse.ports, stream: await lakehouse.logAnew() };
  });
  afterEach(() => lakehouse.close());

  it('stops the delivery also where it holds more than was delivered, naming both', async () => {
    await lakehouse.produce(plays(1000, 1200));
    const delivery = openDelivery(lakehouse.subject(), anew, lakehouse.effects);
    const refused = (error: unknown): boolean =>
      isPlayheadError(error, 'PH_DELIVERY_GAP') &&
      error.details['before'] !== error.details['now'] &&
      /--accept-loss/.test(error.hint ?? '');
    await assert.rejects(delivery.drain(), refused);
    await assert.rejects(delivery.state(), refused);
  });

  it('is delivered from its first record once the loss is accepted', async () => {
    await lakehouse.produce(plays(1000, 1200));
    const delivery = openDelivery(lakehouse.subject({ lanes: 2 }), anew, lakehouse.effects);
    await assert.rejects(delivery.drain(), (error) => isPlayheadError(error, 'PH_DELIVERY_GAP'));
    assert.deepEqual(await delivery.acknowledgeLoss(), { lost: [] });
    assert.equal((await delivery.drain()).delivered, 200);
    assert.equal((await delivery.state()).pendingRecords, 0);
    assert.equal(await delivery.acknowledgeLoss(), undefined);
  });

  it('does not get the plan of the former one', async () => {
    await lakehouse.produce(plays(0, 50));
    const died = (step: string) => (step === 'delivery.planned' ? fail() : undefined);
    const former = { ...lakehouse.ports, stream: anew.stream };
    await openDelivery(lakehouse.subject(), former, lakehouse.effects).acknowledgeLoss();
    await assert.rejects(openDelivery(lakehouse.subject(), former, { ...lakehouse.effects, reached: died }).drain());
    const third = { ...lakehouse.ports, stream: await lakehouse.logAnew() };
    await lakehouse.produce(plays(2000, 2100));
    const delivery = openDelivery(lakehouse.subject(), third, lakehouse.effects);
    await assert.rejects(delivery.drain(), (error) => isPlayheadError(error, 'PH_DELIVERY_GAP'));
    await delivery.acknowledgeLoss();
    await delivery.drain();
    const expected = [...Array.from({ length: 100 }, (_, n) => n), ...Array.from({ length: 100 }, (_, n) => n + 2000)];
    assert.deepEqual(await deliveredNumbers(lakehouse), expected);
  });
});

it('a delivery that was put on another stream does not take its positions along', async () => {
  const lakehouse = await openLakehouse({ partitions: 1 });
  try {
    await lakehouse.produce(plays(0, 100));
    await lakehouse.open().drain();
    const other = { ...lakehouse.subject(), stream: { ...lakehouse.topic, topic: 'others' } };
    await assert.rejects(
      openDelivery(other, lakehouse.ports, lakehouse.effects).drain(),
      (error) => isPlayheadError(error, 'PH_DELIVERY_GAP') && /plays .* others /.test(error.message),
    );
  } finally {
    await lakehouse.close();
  }
});

it('a log that ends before what was delivered stops the delivery, and is gone on with from its end', async () => {
  const lakehouse = await openLakehouse({ partitions: 1 });
  try {
    await lakehouse.produce(plays(0, 100));
    await lakehouse.open().drain();
    const { stream } = lakehouse.ports;
    const older: Stream = {
      ...stream,
      ensureTopic: async (spec) => {
        const topic = await stream.ensureTopic(spec);
        return { ...topic, state: topic.state.map((state) => ({ ...state, end: 60n, count: 60 })) };
      },
    };
    const delivery = openDelivery(lakehouse.subject(), { ...lakehouse.ports, stream: older }, lakehouse.effects);
    await assert.rejects(
      delivery.drain(),
      (error) => isPlayheadError(error, 'PH_DELIVERY_GAP') && error.details['end'] === '60',
    );
    await delivery.acknowledgeLoss();
    assert.equal((await lakehouse.commits()).at(-1)?.positions['0'], '60');
  } finally {
    await lakehouse.close();
  }
});

describe('a log that was cut below what was delivered, and filled again', () => {
  const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);
  /** Delivers 100 records of which a copy of the log, put back and filled up, holds 60. */
  async function refilled(
    lakehouse: Lakehouse,
    work: (delivery: Delivery, stream: Stream) => Promise<unknown>,
  ): Promise<{ readonly stream: Stream; readonly delivery: Delivery }> {
    const deliveryFrom = (stream: Stream): Delivery =>
      openDelivery(lakehouse.subject(), { ...lakehouse.ports, stream }, lakehouse.effects);
    await lakehouse.produce(plays(0, 60));
    const copy = await lakehouse.copyLog();
    await lakehouse.produce(plays(60, 100));
    await work(deliveryFrom(copy.stream), copy.stream);
    const stream = await copy.putBack();
    await lakehouse.produce(plays(200, 300));
    return { stream, delivery: deliveryFrom(stream) };
  }
  let lakehouse: Lakehouse;
  beforeEach(async () => {
    lakehouse = await openLakehouse({ partitions: 1 });
  });
  afterEach(() => lakehouse.close());
  const isCut = (error: unknown): boolean =>
    isPlayheadError(error, 'PH_DELIVERY_GAP') &&
    /--accept-loss/.test(error.hint ?? '') &&
    assert.deepEqual(error.details['cuts'], [[0, '100', '60']]) === undefined;

  it('stops the delivery, which goes on from there once that is accepted', async () => {
    const { delivery } = await refilled(lakehouse, (former) => former.drain());
    await assert.rejects(delivery.drain(), isCut);
    assert.deepEqual((await delivery.state()).gaps, [{ partition: 0, from: 60n, until: 100n }]);
    assert.deepEqual(await delivery.acknowledgeLoss(), { lost: [] });
    assert.equal((await delivery.drain()).delivered, 100);
    assert.deepEqual(await deliveredNumbers(lakehouse), [...range(0, 100), ...range(200, 300)]);
    assert.equal(await delivery.acknowledgeLoss(), undefined);
    assert.deepEqual((await delivery.state()).gaps, []);
  });

  it('stops it also in an epoch of the delivery with other lanes', async () => {
    const { stream } = await refilled(lakehouse, (former) => former.drain());
    const wider = openDelivery(lakehouse.subject({ lanes: 2 }), { ...lakehouse.ports, stream }, lakehouse.effects);
    await assert.rejects(wider.drain(), isCut);
  });

  it('does not get the plan that was made of it', async () => {
    const { delivery } = await refilled(lakehouse, async (_, stream) => {
      const died = (step: string) => (step === 'delivery.planned' ? fail() : undefined);
      const ports = { ...lakehouse.ports, stream };
      const dying = openDelivery(lakehouse.subject(), ports, { ...lakehouse.effects, reached: died });
      await assert.rejects(dying.drain(), /died/);
    });
    await assert.rejects(delivery.drain(), isCut);
  });

  it('gives a reader that stands above the cut nothing, and one below it everything', async () => {
    const read: (number | undefined)[] = [];
    const { stream } = await refilled(lakehouse, async (_, former) => {
      read.push((await former.fetch('plays', 0, 0n, { maxBytes: 1e6 })).epoch);
    });
    const reading = { maxBytes: 1e6, epoch: read[0] };
    await assert.rejects(stream.fetch('plays', 0, 61n, reading), { code: 'PH_POSITION_OUT_OF_RANGE' });
    const { batches } = await stream.fetch('plays', 0, 60n, reading);
    assert.equal(
      batches.reduce((sum, { count }) => sum + count, 0),
      100,
    );
  });
});

describe('scrub', () => {
  it('removes what bears the name of a plan whose commit does not name it, and nothing else', async () => {
    const lakehouse = await openLakehouse();
    try {
      await lakehouse.produce(plays(0, 100));
      const delivery = lakehouse.open();
      await delivery.drain();
      const { lake } = lakehouse.ports;
      const [named] = objectsOf(await lakehouse.commits());
      const orphan = named?.key.replace(/-[0-9a-f]{8}\.json/, '-00000000.json') ?? '';
      const stranger = 'plays/year=2025/notes.json';
      const ofLaterPlan = named?.key.replace(/p\d{8}/, 'p00000009') ?? '';
      for (const key of [orphan, stranger, ofLaterPlan]) await lake.put(key, Buffer.from('x'));
      assert.deepEqual(await delivery.scrub(), [orphan]);
      const left = await lakehouse.keys('plays/');
      assert.ok(left.includes(stranger) && left.includes(ofLaterPlan) && left.includes(named?.key ?? ''));
    } finally {
      await lakehouse.close();
    }
  });
});

function fail(): never {
  throw new Error('died');
}
