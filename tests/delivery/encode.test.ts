import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Slice } from '../../src/delivery/arrival-queue.ts';
import { codecs } from '../../src/delivery/compression.ts';
import type { Compression } from '../../src/delivery/definition.ts';
import { jsonEncoder } from '../../src/delivery/encode.ts';
import { plays } from './lakehouse.ts';

function slicesOf(from: number, to: number): Slice[] {
  const positions = { kind: 'dense', base: 0n } as const;
  const batch = { ...plays(from, to), partition: 0, positions, appendedMs: new Float64Array(to - from) };
  const middle = (to - from) >> 1;
  return [
    { batch, from: 0, to: middle },
    { batch, from: middle, to: to - from },
  ];
}

for (const compression of Object.keys(codecs) as Compression[]) {
  it(`objects that are packed after one another and at once have each its own records: ${compression}`, async () => {
    const encoder = jsonEncoder({ format: 'json', compression }, true);
    const groups = [40, 7, 90, 60, 3].map((count, i) => slicesOf(100 * i, 100 * i + count));
    const [first = [], ...others] = groups;
    const made = [await encoder.encode(first), ...(await Promise.all(others.map((slices) => encoder.encode(slices))))];
    made.push(await encoder.encode(first));
    for (const [i, { body, rows, rawBytes, holdsSameRecords }] of made.entries()) {
      const own = groups[i % groups.length]?.[0]?.batch;
      assert.ok(body instanceof Uint8Array && own !== undefined);
      const text = Buffer.from(await codecs[compression].unpack(body)).toString();
      assert.equal(text, Buffer.from(own.values).toString());
      assert.deepEqual([rows, rawBytes], [own.count, own.values.length]);
      assert.ok(await holdsSameRecords(body));
      const other = made[(i + 1) % (made.length - 1)]?.body;
      assert.ok(other instanceof Uint8Array && !(await holdsSameRecords(other)));
    }
  });
}
