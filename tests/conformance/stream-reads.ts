import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import { numbered, plain } from '../stream/records.ts';
import { appendTen, type Suite } from './stream-suite.ts';

export function fetching({ log, made, topic }: Suite): void {
  it('gives each record once, however many appends a fetch reaches over', async () => {
    const name = await topic(log);
    let logged = 0;
    for (const appends of [256, 1, 255, 1]) {
      await Promise.all(
        Array.from({ length: appends }, (_, i) => {
          const batch = numbered(logged + i, logged + i + 1);
          // Of one source, appends that wait could be logged as one.
          return log.append({ topic: name, source: `s-${logged + i}`, firstSequence: 0n, batch });
        }),
      );
      logged += appends;
      const fetched = plain((await log.fetch(name, 0, 0n, { maxBytes: 1024 ** 2 })).batches);
      assert.deepEqual(new Set(fetched.map(({ value }) => value)).size, logged);
      const positions = fetched.map(({ position }) => position);
      assert.equal(positions.length, logged);
      assert.ok(positions.every((position, at) => at === 0 || position > (positions[at - 1] ?? 0n)));
    }
  });
  it('begins exactly where it is asked to, ends before `until`, in batches of about `maxBytes`', async () => {
    const name = await topic(log);
    const at: bigint[] = [];
    for (let turn = 0; turn < 10; turn += 1) at.push(...(await appendTen(log, name, turn * 10)));
    const [from = 0n, until = 0n, middle = 0n] = [at[13], at[87], at[55]];
    const fetched = await log.fetch(name, 0, from, { maxBytes: 1e9, until });
    const between = plain(fetched.batches);
    assert.deepEqual(
      between.map(({ position, value }) => [position, value]),
      [...Array(74).keys()].map((n) => [at[n + 13], `{"n":${n + 13}}\n`]),
    );
    assert.equal(fetched.next, until);
    assert.equal(await log.countRecords(name, 0, from, until), 74);
    const little = plain((await log.fetch(name, 0, middle, { maxBytes: 1 })).batches);
    assert.ok(little.length > 0 && little.length < 45, `${little.length} records for one byte`);
    assert.equal(little[0]?.position, middle);
    assert.deepEqual(await log.fetch(name, 0, from, { maxBytes: 1e9, until: from }), { batches: [], next: from });
  });
  it('says the epoch of what it gives, in which all that is still there was read', async () => {
    const name = await topic(log);
    const at = await appendTen(log, name, 0);
    const { next, epoch } = await log.fetch(name, 0, at[0] ?? 0n, { maxBytes: 1e6 });
    assert.ok(epoch !== undefined);
    const other = await made.open();
    const more = await appendTen(other, name, 10);
    const rest = await log.fetch(name, 0, next, { maxBytes: 1e6, epoch });
    assert.equal(plain(rest.batches)[0]?.position, more[0]);
    assert.ok((rest.epoch ?? -1) >= epoch);
    for (const reached of [epoch, rest.epoch ?? -1]) {
      const end = (await log.endsOfEpochs(name, new Map([[0, reached]]))).get(0);
      assert.ok(end !== undefined && end >= (reached === epoch ? next : rest.next), `${reached} ends at ${end}`);
    }
    assert.deepEqual(await log.endsOfEpochs(name, new Map()), new Map());
    await other.close();
  });
  it('is empty at the end, and refuses what is past it', async () => {
    const name = await topic(log);
    assert.deepEqual(await log.fetch(name, 0, 0n, { maxBytes: 1e6 }), { batches: [], next: 0n });
    await log.append({ topic: name, source: 's', firstSequence: 0n, batch: numbered(0, 4) });
    const end = (await log.describe(name))?.state[0]?.end ?? -1n;
    assert.deepEqual(await log.fetch(name, 0, end, { maxBytes: 1e6 }), { batches: [], next: end });
    assert.equal(await log.countRecords(name, 0, 0n, end), 4);
    for (const [partition, from] of [
      [0, end + 1n],
      [0, -1n],
      [1, 0n],
    ] as const)
      await assert.rejects(log.fetch(name, partition, from, { maxBytes: 1 }), (error) =>
        isPlayheadError(error, 'PH_POSITION_OUT_OF_RANGE'),
      );
  });
  it('describes ends, counts and the latest arrival', async () => {
    const name = await topic(log, 2);
    const empty = await log.describe(name);
    assert.deepEqual([empty?.lastArrivalMs, empty?.state.map(({ end }) => end)], [undefined, [0n, 0n]]);
    await log.append({ topic: name, source: 's', firstSequence: 0n, batch: numbered(0, 5, undefined, 1000) });
    const state = await log.describe(name);
    const { densePositions } = log.capabilities;
    for (const [partition, records] of [3, 2].entries()) {
      const { start, end, count } = state?.state[partition] ?? {};
      assert.equal(start, 0n);
      assert.ok(densePositions ? end === BigInt(records) : (end ?? 0n) >= BigInt(records));
      assert.ok(densePositions ? count === records : (count ?? 0) >= records);
      assert.equal(await log.countRecords(name, partition, 0n, end ?? 0n), records);
    }
    assert.equal(state?.lastArrivalMs, 1004);
    assert.equal(state?.retentionMs, 3_600_000);
  });
}

export function waiting({ log, made, topic }: Suite): void {
  it('wakes a reader when there is more, by whomever it was appended', async () => {
    const name = await topic(log, 2);
    const other = await made.open();
    const never = new AbortController().signal;
    for (const writer of [log, other]) {
      const seen = (await log.describe(name))?.state.map(({ end }) => end) ?? [];
      const woken = log.waitForMore(name, seen, never);
      await writer.append({ topic: name, source: `${seen}`, firstSequence: 0n, batch: numbered(0, 1) });
      await woken;
    }
    await log.waitForMore(name, [0n, 0n], never);
    await other.close();
  });
  it('lets a reader go when its signal aborts', async () => {
    const name = await topic(log);
    await log.waitForMore(name, [0n], AbortSignal.abort());
    const controller = new AbortController();
    const waited = log.waitForMore(name, [0n], controller.signal);
    controller.abort();
    await waited;
  });
}
