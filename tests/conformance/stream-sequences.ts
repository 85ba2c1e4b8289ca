import assert from 'node:assert/strict';
import { it } from 'node:test';
import { numbered } from '../stream/records.ts';
import { type Suite, values } from './stream-suite.ts';

export function resending({ log, made, topic }: Suite): void {
  const sequenced = log.capabilities.sequencedAppend ? {} : { skip: 'the log can not hold (source, sequence) unique' };
  const located = log.capabilities.findsResent ? {} : { skip: 'the topic would have to be read from its start' };
  it('appends a sequence of a source once, whoever sends it again', sequenced, async () => {
    const name = await topic(log, 2);
    const other = await made.open();
    const request = { topic: name, source: 's', firstSequence: 5n, batch: numbered(5, 25, (n) => `k${n}`) };
    const first = await log.append(request);
    const again = await other.append(request);
    assert.deepEqual([first.logged, first.resent, again.logged, again.resent], [20, 0, 0, 20]);
    const parallel = await Promise.all([log.append(request), other.append(request), log.append(request)]);
    assert.deepEqual(
      parallel.map(({ logged }) => logged),
      [0, 0, 0],
    );
    const partly = await log.append({ ...request, firstSequence: 20n, batch: numbered(20, 30, (n) => `k${n}`) });
    assert.deepEqual([partly.logged, partly.resent], [5, 5]);
    const all = [...(await values(log, name, 0)), ...(await values(log, name, 1))];
    assert.deepEqual(new Set(all).size, 25);
    assert.equal(all.length, 25);
    await other.close();
  });
  it(
    'counts by source and arrival hour what was sent, logged and resent, and knows who sent a record',
    sequenced,
    async () => {
      const name = await topic(log, 2);
      const batch = numbered(0, 30, (n) => `k${n}`);
      const request = { topic: name, source: 's', firstSequence: 7n, batch };
      const { partitions, positions } = await log.append(request);
      await log.append(request);
      await log.append({ ...request, source: 't' });
      const inspection = await log.inspect(name);
      const account = await inspection?.account();
      const sums = account?.sources.map(({ source, sequences, hours }) => [
        source,
        sequences,
        ...(['sent', 'logged', 'resent'] as const).map((of) => hours.reduce((sum, line) => sum + line[of], 0)),
      ]);
      assert.deepEqual(sums, [
        ['s', 30, 60, 30, 30],
        ['t', 30, 30, 30, 0],
      ]);
      const hours = account?.sources[0]?.hours.map(({ hourMs }) => hourMs);
      assert.deepEqual(hours, [Math.floor((batch.arrivalMs[0] ?? 0) / 3_600_000) * 3_600_000]);
      const appended = log.capabilities.densePositions ? 60 : undefined;
      assert.deepEqual([account?.appended, account?.holes], [appended, []]);
      const origin = await inspection?.originOf(partitions[11] ?? 0, positions[11] ?? 0n);
      assert.deepEqual([origin?.source, origin?.sequence], ['s', 18n]);
      assert.equal(await inspection?.originOf(0, 1_000n), undefined);
      assert.equal(await inspection?.countForeign(partitions[11] ?? 0, 0n, positions[11] ?? 0n), 0);
      assert.equal(await log.inspect('no-such-topic'), undefined);
    },
  );
  it('appends once what two send at the same moment', sequenced, async () => {
    const name = await topic(log);
    const other = await made.open();
    const request = { topic: name, source: 's', firstSequence: 0n, batch: numbered(0, 50) };
    const results = await Promise.all([log, other, log, other].map((stream) => stream.append(request)));
    assert.equal(
      results.reduce((sum, { logged }) => sum + logged, 0),
      50,
    );
    assert.deepEqual(
      await values(log, name, 0),
      [...Array(50).keys()].map((n) => `{"n":${n}}`),
    );
    await other.close();
  });
  it('tells where a record that is sent again was put first', { ...sequenced, ...located }, async () => {
    const name = await topic(log, 3);
    const request = { topic: name, source: 's', firstSequence: 0n, batch: numbered(0, 40, (n) => `k${n}`) };
    const first = await log.append(request);
    const again = await log.append({ ...request, firstSequence: 10n, batch: numbered(10, 50, (n) => `k${n}`) });
    assert.deepEqual([...again.positions.slice(0, 30)], [...first.positions.slice(10)]);
    assert.deepEqual([...again.partitions.slice(0, 30)], [...first.partitions.slice(10)]);
    assert.ok(again.positions.slice(30).every((position) => position >= 0n));
  });
  it('keeps sources apart, and knows the highest sequence of each', sequenced, async () => {
    const name = await topic(log);
    assert.equal(await log.lastSequence(name, 'a'), undefined);
    await log.append({ topic: name, source: 'a', firstSequence: 3n, batch: numbered(0, 2) });
    await log.append({ topic: name, source: 'b', firstSequence: 2n ** 60n, batch: numbered(2, 4) });
    await log.append({ topic: name, source: 'a', firstSequence: 100n, batch: numbered(4, 5) });
    assert.equal(await log.lastSequence(name, 'a'), 100n);
    assert.equal(await log.lastSequence(name, 'b'), 2n ** 60n + 1n);
    assert.equal((await log.append({ topic: name, source: 'a', firstSequence: 4n, batch: numbered(1, 2) })).resent, 1);
  });
}
