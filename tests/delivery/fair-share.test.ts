import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import type { Holder } from '../../src/commit/holder.ts';
import { fairShare, type SeenLane } from '../../src/delivery/fair-share.ts';

/** A lane as it stands: who works on it, and who asked for it. */
interface State {
  holder?: number;
  asked?: number;
}

const workerOf = (pid: number): Holder => ({ name: `worker ${pid}`, machine: 'a/b/c', pid });

function seenBy(me: number, lanes: readonly State[]): readonly SeenLane[] {
  return lanes.map(({ holder, asked }, number) => {
    const owner = asked ?? holder;
    return {
      number,
      isHeld: holder === me,
      view: {
        free: holder === undefined && (asked === undefined || asked === me),
        showsLife: true,
        ttlMs: 1000,
        ...(owner === undefined ? {} : { owner: workerOf(owner) }),
        ...(holder === undefined ? {} : { holder: workerOf(holder) }),
        ...(asked === undefined ? {} : { asked: workerOf(asked) }),
      },
    };
  });
}

/** One worker looks and does what follows, as `LaneShare` does. True where anything changed. */
function look(me: number, lanes: State[]): boolean {
  const asked = lanes.filter((lane) => lane.holder === me && lane.asked !== undefined && lane.asked !== me);
  for (const lane of asked) delete lane.holder;
  const { take, ask } = fairShare(seenBy(me, lanes), workerOf(me));
  if (take !== undefined) lanes[take] = { holder: me };
  for (const number of ask) lanes[number] = { ...lanes[number], asked: me };
  return asked.length > 0 || take !== undefined || ask.length > 0;
}

it('workers come to rest with equally many lanes, in whatever order they look, however the lanes were held', () => {
  const anyState = fc.record({ holder: fc.option(fc.nat(4), { nil: undefined }) });
  fc.assert(
    fc.property(
      fc.array(anyState, { minLength: 1, maxLength: 12 }),
      fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 5 }),
      fc.infiniteStream(fc.nat(1000)),
      (held, living, order) => {
        // The lanes of those that don't live are free.
        const lanes: State[] = held.map(({ holder }) =>
          holder !== undefined && living.includes(holder) ? { holder } : {},
        );
        let quiet = new Set<number>();
        for (let looks = 0; quiet.size < living.length; looks += 1) {
          assert.ok(looks < 5000, 'the workers come to rest');
          const me = living[(order.next().value ?? 0) % living.length] ?? 0;
          quiet = look(me, lanes) ? new Set() : quiet.add(me);
        }
        const counts = living.map((worker) => lanes.filter(({ holder }) => holder === worker).length);
        assert.equal(
          counts.reduce((sum, count) => sum + count, 0),
          lanes.length,
        );
        assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `lanes a worker: ${counts.join(', ')}`);
      },
    ),
  );
});

it('a worker for which there is nothing stands behind the one that holds most', () => {
  const { ask, take, standsBehind } = fairShare(seenBy(1, [{ holder: 2 }]), workerOf(1));
  assert.deepEqual({ ask, take, pid: standsBehind?.pid }, { ask: [], take: undefined, pid: 2 });
});

it('a lane that is ours without our knowing is taken again', () => {
  const [lane] = seenBy(1, [{ holder: 1 }]);
  assert.ok(lane !== undefined);
  assert.equal(fairShare([{ ...lane, isHeld: false }], workerOf(1)).take, 0);
});
