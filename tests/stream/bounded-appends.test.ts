import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { byteShare } from '../../src/base/byte-share.ts';
import { testEffects } from '../../src/base/effects.ts';
import { isPlayheadError, PlayheadError } from '../../src/base/errors.ts';
import { boundedAppends } from '../../src/stream/bounded-appends.ts';
import { openEmbeddedStream } from '../../src/stream/embedded/open.ts';
import type { AppendRequest, Stream } from '../../src/stream/stream.ts';
import { streamConformance } from '../conformance/stream.ts';
import { numbered } from './records.ts';

const request = (from: number, to: number, source = 'tests'): AppendRequest => ({
  topic: 'orders',
  source,
  firstSequence: BigInt(from),
  batch: numbered(from, to),
});

streamConformance('the embedded log with bounded appends', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'playhead-bounded-'));
  return {
    open: async () => boundedAppends(await openEmbeddedStream(directory, testEffects()), byteShare('batches', 1000)),
    remove: async () => rmSync(directory, { recursive: true, force: true }),
  };
});

describe('a stream whose appends share memory', () => {
  let folder: string;
  let stream: Stream;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-bounded-'));
    stream = await openEmbeddedStream(folder, testEffects());
    await stream.ensureTopic({ topic: 'orders', partitions: 1, retentionMs: 1e9, cleanup: 'delete' });
  });
  afterEach(async () => {
    await stream.close();
    rmSync(folder, { recursive: true });
  });

  it('lets as many bytes be under way as the share has, in order, and says who waited', async () => {
    let [underWay, most] = [0, 0];
    const counted: Stream = {
      ...stream,
      append: async (asked) => {
        underWay += asked.batch.values.length;
        most = Math.max(most, underWay);
        const result = await stream.append(asked);
        underWay -= asked.batch.values.length;
        return result;
      },
    };
    const limit = numbered(0, 20).values.length + 10;
    const waits: boolean[] = [];
    const share = byteShare('batches', limit);
    const bounded = boundedAppends(counted, share, (_, waited) => waits.push(waited));
    const results = await Promise.all([0, 10, 20, 30, 40].map((from) => bounded.append(request(from, from + 10))));
    assert.deepEqual(
      results.map(({ positions }) => positions[0]),
      [0n, 10n, 20n, 30n, 40n],
    );
    assert.ok(most <= limit, `${most} of ${limit}`);
    assert.deepEqual(waits.slice(0, 1).concat(waits.slice(-1)), [false, true]);
    assert.equal(share.usedBytes, 0);
  });

  it('fails what waits behind a failed append of its source, so that the log has no hole; others go on', async () => {
    let broken = true;
    const failing: Stream = {
      ...stream,
      append: (asked) => {
        const fails = broken && asked.source === 'tests';
        broken &&= !fails;
        return fails ? Promise.reject(new PlayheadError('PH_STORAGE_FULL', 'full')) : stream.append(asked);
      },
    };
    const bounded = boundedAppends(failing, byteShare('batches', 1));
    const asked = [request(0, 5), request(5, 10), request(0, 5, 'other')].map((each) => bounded.append(each));
    const [first, second, other] = await Promise.allSettled(asked);
    assert.ok(first?.status === 'rejected' && isPlayheadError(first.reason, 'PH_STORAGE_FULL'));
    assert.ok(second?.status === 'rejected' && isPlayheadError(second.reason, 'PH_SOURCE_SEQUENCE_GAP'));
    assert.equal(other?.status, 'fulfilled');
    assert.equal(await stream.lastSequence('orders', 'tests'), undefined);
    await bounded.append(request(0, 5));
    assert.equal(await stream.lastSequence('orders', 'tests'), 4n);
  });
});
