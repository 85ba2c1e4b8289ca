import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { isPlayheadError, PlayheadError } from '../../src/base/errors.ts';
import type { Lease } from '../../src/commit/held-lease.ts';
import { LaneWriter } from '../../src/delivery/lane-writer.ts';
import { type DeliverySeries, type Lane, presentLanes } from '../../src/delivery/lanes.ts';
import { parquetKernel } from '../../src/delivery/parquet-kernel.ts';
import { readRanges } from '../../src/delivery/read-range.ts';
import type { Window } from '../../src/delivery/window-planner.ts';
import { type Lakehouse, openLakehouse, plays } from './lakehouse.ts';

const held: Lease = { name: 'held', term: 1, renew: async () => {}, release: async () => {} };

describe('the writer of a lane', () => {
  let lakehouse: Lakehouse;
  let lane: Lane;
  beforeEach(async () => {
    lakehouse = await openLakehouse({ partitions: 1 });
    await lakehouse.produce(plays(0, 10));
    await lakehouse.open().drain();
    await lakehouse.produce(plays(10, 40));
    const [present] = await presentLanes(lakehouse.ports.lake, 'media.landing', lakehouse.effects);
    assert.ok(present !== undefined);
    lane = present;
  });
  afterEach(() => lakehouse.close());

  async function writer(series: Partial<DeliverySeries> = {}, lease = held): Promise<LaneWriter> {
    const { ports, effects, topic } = lakehouse;
    const state = await ports.stream.describe(topic.topic);
    assert.ok(state !== undefined);
    const on = { lane: { ...lane, series: { ...lane.series, ...series } }, lease, topic: state };
    const lanePorts = { ...ports, kernel: parquetKernel(ports.duck, effects) };
    const made = new LaneWriter(lakehouse.subject(), lanePorts, on, () => {}, effects);
    await made.settle();
    return made;
  }

  async function window(from: bigint, until: bigint): Promise<Window> {
    const ranges = [{ partition: 0, from, until }];
    const slices = await readRanges(lakehouse.ports.stream, lakehouse.topic.topic, ranges);
    return { ranges, slices, bytes: 0, reason: 'end' };
  }

  it('commits nothing, and puts nothing, where a plan leaves records out or takes them again', async () => {
    const before = await lakehouse.keys('plays/');
    const wrong = [[await window(12n, 20n)], [await window(5n, 20n)], [await window(10n, 20n), await window(25n, 30n)]];
    for (const windows of wrong) {
      const unplanned = {
        plan: async (_: number, plan: Parameters<DeliverySeries['plan']>[1]) => ({ plan, adopted: false }),
      };
      const refused = (await writer(unplanned)).deliver(windows);
      await assert.rejects(refused, (error) => isPlayheadError(error, 'PH_DOES_NOT_ADD_UP'));
    }
    assert.deepEqual(await lakehouse.keys('plays/'), before);
    const follows = [await window(10n, 20n), await window(20n, 30n)];
    assert.equal(await (await writer()).deliver(follows), true);
  });

  it('says so where another commit took the place of its own, so that nobody goes on from its own windows', async () => {
    const series: Partial<DeliverySeries> = {
      commit: async (n, made) => {
        const positions = { '0': '15' };
        await lane.series.commit(n, { ...made, kind: 'loss', positions, lost: [[0, '10', '15']] });
        return lane.series.commit(n, made);
      },
    };
    const overtaken = await writer(series);
    assert.equal(await overtaken.deliver([await window(10n, 20n)]), false);
    assert.equal(overtaken.position(0), 15n);
  });

  it('plans nothing once its lease is lost', async () => {
    const lost = { ...held, renew: () => Promise.reject(new PlayheadError('PH_LEASE_LOST', 'lost')) };
    const late = await writer({}, lost);
    await assert.rejects(late.deliver([await window(10n, 20n)]), (error) => isPlayheadError(error, 'PH_LEASE_LOST'));
    assert.equal((await lane.series.head()).pendingPlan, undefined);
  });
});
