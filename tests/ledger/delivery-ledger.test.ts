import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { commitsHolding, packCommits, repackCommits } from '../../src/commit/packed-commits.ts';
import type { DeliveryCommit } from '../../src/delivery/plan.ts';
import { openFileStore } from '../../src/lake/file.ts';
import { readDelivery } from '../../src/ledger/delivery-ledger.ts';

const series = 'media.landing.e0.l0';
const count = 520;

/** Commit n of a lane of one partition, ten records each, after the one that opens it. */
function commitAt(n: number): DeliveryCommit {
  const base = { format: 1, delivery: 'media.landing', committedAtMs: n, topic: 'plays', topicId: 'one' } as const;
  if (n === 0) return { ...base, kind: 'open', positions: { 0: '0' } };
  const [from, until] = [String((n - 1) * 10), String(n * 10)];
  const account = [{ partition: 0, from, until, hourMs: 0, logged: 10, delivered: 10, errored: 0 }];
  const object = { kind: 'data', key: `plays/${n}.json`, etag: `e${n}`, sizeBytes: 1, rows: 10, rawBytes: 1 } as const;
  const objects = [{ ...object, flush: 0, arrivalMs: [0, 0] as const }];
  return { ...base, kind: 'flushes', positions: { 0: until }, objects, account };
}

describe('the account of a delivery whose commits are packed', () => {
  let folder: string;
  let sound: string;
  let copies = 0;
  const fileOf = (home: string, n: number): string =>
    join(home, `_playhead/series/${series}/commit/${String(n).padStart(10, '0')}.json`);
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-packed-'));
    sound = join(folder, 'sound');
    mkdirSync(join(sound, '_playhead/epochs/media.landing'), { recursive: true });
    writeFileSync(join(sound, '_playhead/epochs/media.landing/000000.json'), '{"number":0,"lanes":1}');
    mkdirSync(join(sound, `_playhead/series/${series}/commit`), { recursive: true });
    for (let n = 0; n < count; n += 1) writeFileSync(fileOf(sound, n), `${JSON.stringify(commitAt(n))}\n`);
    const store = await openFileStore(sound, testEffects());
    await packCommits(store, series, count, testEffects());
    await store.close();
  });
  after(() => rmSync(folder, { recursive: true }));

  /** What is said of a copy to which `fault` was done, and how many commits were read one by one. */
  async function told(fault: (home: string) => void) {
    copies += 1;
    const home = join(folder, `home-${copies}`);
    cpSync(sound, home, { recursive: true });
    fault(home);
    const store = await openFileStore(home, testEffects());
    let single = 0;
    const get: typeof store.get = (key, ...rest) => {
      if (key.includes('/commit/')) single += 1;
      return store.get(key, ...rest);
    };
    const { figures, faults, objects, sums } = await readDelivery({ ...store, get }, 'media.landing', {
      id: 'one',
      state: [],
    });
    await store.close();
    const places = faults.map(({ kind, place }) => [kind, place.commit]);
    return { single, figures, places, of: { figures, faults, objects, sums } };
  }
  const unpacked = (home: string): void => rmSync(join(home, '_playhead/packed'), { recursive: true });
  const block = (home: string): string => join(home, `_playhead/packed/${series}/0000000000.json.gz`);

  it('is read from the blocks, and says what the commits say', async () => {
    const { single, figures, of } = await told(() => {});
    assert.equal(single, count - 512);
    assert.equal(figures.delivered, (count - 1) * 10);
    assert.deepEqual(of, (await told(unpacked)).of);
  });

  for (const [what, fault, expected, read] of [
    ['was removed', (home: string) => rmSync(fileOf(home, 7)), ['commit-missing', 7], 0],
    [
      'was changed',
      (home: string) => {
        const text = readFileSync(fileOf(home, 7), 'utf8');
        writeFileSync(fileOf(home, 7), text.replace('"rows":10', '"rows":12'));
      },
      ['commit-unbalanced', 7],
      1,
    ],
    ['was doubled', (home: string) => cpSync(fileOf(home, 7), fileOf(home, count)), ['commit-doubled', count], 1],
  ] as const)
    it(`names a commit that ${what}, though the block still holds it as it was`, async () => {
      const packed = await told(fault);
      assert.deepEqual(packed.places, [expected]);
      assert.equal(packed.single, count - 512 + read);
      const alone = await told((home) => {
        unpacked(home);
        fault(home);
      });
      assert.deepEqual(packed.of, alone.of);
    });

  it('believes no block that is damaged, or holds other texts', async () => {
    const { of } = await told(() => {});
    const damaged = await told((home) => writeFileSync(block(home), readFileSync(block(home)).subarray(0, 500)));
    const other = await told((home) => cpSync(block(home).replace('0000000000.', '0000000256.'), block(home)));
    for (const each of [damaged, other]) {
      assert.deepEqual(each.of, of);
      assert.equal(each.single, count - 256);
    }
  });

  it('gives the commits that hold a text without a look at those that are packed, or one by one where they are not', async () => {
    const found = async (home: string): Promise<{ numbers: number[]; read: number }> => {
      const store = await openFileStore(home, testEffects());
      let read = 0;
      const get: typeof store.get = (key, ...rest) => {
        if (key.includes('/commit/')) read += 1;
        return store.get(key, ...rest);
      };
      const numbers: number[] = [];
      for await (const { n, commit } of commitsHolding<DeliveryCommit>({ ...store, get }, series, '"committedAtMs":51'))
        if (commit.committedAtMs === n) numbers.push(n);
      await store.close();
      return { numbers, read };
    };
    const numbers = [51, 510, 511, 512, 513, 514, 515, 516, 517, 518, 519];
    const beyond = count - 512 + 1;
    assert.deepEqual(await found(sound), { numbers, read: beyond });
    copies += 1;
    const home = join(folder, `home-${copies}`);
    cpSync(sound, home, { recursive: true });
    rmSync(block(home));
    assert.deepEqual(await found(home), { numbers, read: beyond + 256 });
  });

  it('packs again what was deleted, and all of it anew where some is damaged', async () => {
    const { single } = await told((home) => rmSync(block(home)));
    assert.equal(single, count - 256);
    copies += 1;
    const home = join(folder, `home-${copies}`);
    cpSync(sound, home, { recursive: true });
    rmSync(block(home));
    const store = await openFileStore(home, testEffects());
    assert.equal(await packCommits(store, series, count, testEffects()), 1);
    assert.deepEqual(readFileSync(block(home)), readFileSync(block(sound)));
    writeFileSync(block(home), 'damaged');
    assert.equal(await packCommits(store, series, count, testEffects()), 0);
    await repackCommits(store, series, count, testEffects());
    assert.deepEqual(readFileSync(block(home)), readFileSync(block(sound)));
    await store.close();
  });
});
