import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { discard, type MadeWindow, makeAhead } from '../../src/delivery/make-ahead.ts';
import type { PlanTools } from '../../src/delivery/plan-tools.ts';
import { compilePrefix } from '../../src/delivery/prefix-renderer.ts';
import type { Window } from '../../src/delivery/window-planner.ts';
import { plays } from './lakehouse.ts';

/** Tools whose encoder ends when it is told to, and which say what is held. */
function slowTools(): {
  tools: PlanTools;
  begun: number[];
  held: Set<number>;
  end: (n: number, failure?: Error) => void;
} {
  const begun: number[] = [];
  const held = new Set<number>();
  const endings = new Map<number, (failure?: Error) => void>();
  const prefix = compilePrefix('a/', 'UTC');
  const encode: PlanTools['encoder']['encode'] = async ([slice]) => {
    const n = slice?.batch.partition ?? -1;
    begun.push(n);
    held.add(n);
    const release = { [Symbol.asyncDispose]: async () => void held.delete(n) };
    const failure = await new Promise<Error | undefined>((resolve) => endings.set(n, resolve));
    if (failure === undefined)
      return {
        body: Buffer.of(),
        held: release,
        rows: 1,
        rawBytes: 0,
        rejected: [],
        holdsSameRecords: async () => true,
      };
    held.delete(n);
    throw failure;
  };
  const tools: PlanTools = {
    split: { prefix, faultOf: () => undefined },
    encoder: { extension: '', encode },
    errorPrefix: prefix,
    backupPrefix: undefined,
  };
  return { tools, begun, held, end: (n, failure) => endings.get(n)?.(failure) };
}

const window = (partition: number): Window => {
  const batch = {
    ...plays(0, 1),
    partition,
    positions: { kind: 'dense', base: 0n },
    appendedMs: new Float64Array(1),
  } as const;
  return { ranges: [], slices: [{ batch, from: 0, to: 1 }], bytes: 1, reason: 'end' };
};

describe('flushes made ahead', () => {
  it('are so many at once, in order, whatever becomes of those before', async () => {
    const { tools, begun, end, held } = slowTools();
    const make = makeAhead(tools, 2, new AbortController().signal);
    const windows: readonly MadeWindow[] = [0, 1, 2, 3].map((n) => make(window(n)));
    await turn();
    assert.deepEqual(begun, [0, 1]);
    end(1, new Error('no room'));
    await assert.rejects(windows[1]?.made ?? Promise.resolve(), /no room/);
    await turn();
    assert.deepEqual(begun, [0, 1, 2]);
    for (const n of [2, 0]) end(n);
    await turn();
    assert.deepEqual(begun, [0, 1, 2, 3]);
    end(3);
    await discard(windows);
    assert.equal(held.size, 0);
  });

  it('are not begun any more once all is over; what is being made is waited for and let go of', async () => {
    const { tools, begun, end, held } = slowTools();
    const over = new AbortController();
    const make = makeAhead(tools, 1, over.signal);
    const windows = [0, 1].map((n) => make(window(n)));
    await turn();
    over.abort();
    const discarded = discard(windows);
    await turn();
    assert.deepEqual([...held], [0]);
    end(0);
    await discarded;
    assert.deepEqual([begun, [...held]], [[0], []]);
  });

  it('give back the memory of a batch with its last record, and not before', async () => {
    const { batch } = window(0).slices[0] ?? assert.fail();
    const values = new Uint8Array(new ArrayBuffer(10));
    const fetched = { ...batch, count: 2, values, memory: values.buffer };
    const windowOf = (from: number, to: number): Window => ({ ...window(0), slices: [{ batch: fetched, from, to }] });
    await discard([windowOf(0, 1)]);
    assert.equal(values.length, 10);
    await discard([windowOf(1, 2)]);
    assert.equal(values.length, 0);
  });
});
