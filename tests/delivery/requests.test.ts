import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { mebibytes } from '../../src/base/units.ts';
import { parquet } from '../../src/delivery/definition.ts';
import { countedStore, type Requests } from '../lake/counted-store.ts';
import { type Lakehouse, openLakehouse, plays, startMs } from './lakehouse.ts';

const flushMs = 60_000;
const eachFlush = 60;
const formats = {
  'GZIP JSON': {},
  Parquet: { format: parquet(), buffer: { size: mebibytes(64), interval: flushMs } },
} as const;

/** What docs/scaling.md counts a delivery's costs by. */
describe('the requests that a delivery makes of its lake', () => {
  for (const [name, settings] of Object.entries(formats))
    describe(name, () => {
      let lakehouse: Lakehouse;
      let delivered = 0;
      before(async () => {
        lakehouse = await openLakehouse();
        await drained(1);
      });
      after(() => lakehouse.close());

      /** The requests of a drain that has so many flushes to make. */
      async function drained(flushes: number): Promise<Requests> {
        for (let flush = 0; flush < flushes; flush += 1) {
          const from = delivered * eachFlush;
          await lakehouse.produce(plays(from, from + eachFlush, 1000, startMs + delivered * flushMs));
          delivered += 1;
        }
        const { store, taken } = countedStore(lakehouse.ports.lake);
        await lakehouse.open(settings, lakehouse.effects, store).drain();
        return taken();
      }

      it('are one put and one get a flush; two of each a commit', async () => {
        const [idle, one, eleven] = [await drained(0), await drained(1), await drained(11)];
        assert.deepEqual([eleven.put - one.put, eleven.get - one.get], [10, 10]);
        assert.deepEqual([one.put - idle.put, one.get - idle.get], [3, 3]);
        assert.deepEqual([eleven.list, eleven.delete, eleven.localFile], [0, 0, 0]);
      });

      it('are as many at every start, but for heads: by the logarithm of what came since the checkpoint', async () => {
        const early = await drained(0);
        for (let commit = 0; commit < 20; commit += 1) await drained(1);
        const late = await drained(0);
        assert.ok(early.put <= 2 && early.get <= 7, JSON.stringify(early));
        assert.deepEqual({ ...late, head: 0 }, { ...early, head: 0 });
        assert.ok(late.head <= 2 * Math.ceil(Math.log2(delivered)) + 2, `${late.head} heads`);
      });
    });
});
