import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import { numbered, plain } from '../stream/records.ts';
import { appendTen, readAll, type Suite, skipped, values } from './stream-suite.ts';

export function trimming({ log, made, topic }: Suite): void {
  const trims = skipped(made, 'trim on request');
  const kept = skipped(made, 'sequences kept past trimming');
  /** Positions of forty records, each ten of a writer of its own. */
  const fill = async (name: string): Promise<readonly bigint[]> => {
    const at: bigint[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const own = await made.open();
      at.push(...(await appendTen(own, name, turn * 10)));
      await own.close();
    }
    return at;
  };
  it('trims nothing that a reader still needs, nor what is within retention', trims, async () => {
    const name = await topic(log);
    const at = await fill(name);
    const end = (await log.describe(name))?.state[0]?.end ?? -1n;
    assert.deepEqual(await log.trim(name, [0n], Number.MAX_SAFE_INTEGER), [0]);
    assert.deepEqual(await log.trim(name, [end], 0), [0]);
    const [moved] = await log.trim(name, [at[25] ?? 0n], Number.MAX_SAFE_INTEGER);
    const state = (await log.describe(name))?.state[0];
    assert.deepEqual([state?.start, state?.end], [BigInt(moved ?? -1), end]);
    const first = at.findIndex((position) => position >= (state?.start ?? 0n));
    assert.ok(first <= 25);
    assert.deepEqual(
      await values(log, name, 0),
      [...Array(40 - first).keys()].map((n) => `{"n":${n + first}}`),
    );
  });
  it('refuses to read what was trimmed, and still knows its sequences', { ...trims, ...kept }, async () => {
    const name = await topic(log);
    await fill(name);
    const end = (await log.describe(name))?.state[0]?.end ?? -1n;
    assert.deepEqual(await log.trim(name, [end], Number.MAX_SAFE_INTEGER), [Number(end)]);
    await assert.rejects(log.fetch(name, 0, 0n, { maxBytes: 1 }), (error) =>
      isPlayheadError(error, 'PH_POSITION_OUT_OF_RANGE'),
    );
    assert.equal(await log.lastSequence(name, 's'), 39n);
    const again = await log.append({ topic: name, source: 's', firstSequence: 38n, batch: numbered(38, 42) });
    assert.deepEqual([again.logged, again.resent], [2, 2]);
    assert.deepEqual([...again.positions.slice(0, 2)], [-1n, -1n]);
    assert.ok(again.positions.slice(2).every((position) => position >= end));
    assert.deepEqual(await values(log, name, 0), ['{"n":40}', '{"n":41}']);
  });
}

export function erasing({ log, made, topic }: Suite): void {
  it('raises `erasures` for every reader once records are gone, or takes none out and says so', async () => {
    const name = await topic(log);
    await log.append({ topic: name, source: 's', firstSequence: 0n, batch: numbered(0, 3, (n) => `key-${n}`) });
    const reader = await made.open();
    const before = (await reader.describe(name))?.erasures ?? -1;
    const isMeant = (_: Uint8Array, key: Uint8Array | undefined): boolean =>
      String(key && Buffer.from(key)) === 'key-1';
    const erased = await log.erase(name, isMeant).catch((error: unknown) => {
      assert.ok(isPlayheadError(error, 'PH_ACCESS_REFUSED'), String(error));
      return { records: 0 };
    });
    const after = (await reader.describe(name))?.erasures ?? -1;
    const left = (await readAll(reader, name, 0))
      .flatMap((batch) => plain([batch]))
      .filter(({ value }) => value !== '');
    assert.equal(left.length, 3 - erased.records);
    assert.equal(after > before, erased.records > 0);
    await reader.close();
  });
}
