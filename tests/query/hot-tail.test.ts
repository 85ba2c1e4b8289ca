import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { table } from '../../src/catalog/definition.ts';
import { tableEntry } from '../../src/catalog/ensure-table.ts';
import { openHotTail } from '../../src/query/hot-tail.ts';
import { openLakehouse, Play, plays } from '../delivery/lakehouse.ts';

const partitions = 3;
const landing = table({ database: 'media', name: 'plays', record: Play, location: 'plays/', format: 'json' });

/** Records come, commits pass some of each partition, and a query asks. */
const steps = fc.array(
  fc.record({ come: fc.nat(12), pass: fc.array(fc.nat(8), { minLength: partitions, maxLength: partitions }) }),
  { minLength: 1, maxLength: 12 },
);

describe('the tail of a log that is kept', () => {
  it('is exactly the records between the positions and the ends, however much of it is kept', async () => {
    const lakehouse = await openLakehouse({ partitions });
    const { stream, duck } = lakehouse.ports;
    const source = {
      subject: lakehouse.subject(),
      table: { ...tableEntry(landing), version: 1 },
      stream,
      directory: (await duck()).temporaryDirectory,
    };
    let run = 0;
    const holds = async (given: readonly { readonly come: number; readonly pass: readonly number[] }[]) => {
      run += 1;
      const tail = openHotTail(lakehouse.effects, { keptBytes: 600, pieces: 4 });
      const from = new Map<number, bigint>();
      for (const { partition, end } of (await stream.describe('plays'))?.state ?? []) from.set(partition, end);
      const placed: { n: number; partition: number; position: bigint }[] = [];
      for (const { come, pass } of given) {
        const first = placed.length;
        const request = { topic: 'plays', source: `run-${run}`, firstSequence: BigInt(first) };
        const put = await stream.append({ ...request, batch: plays(first, first + come) });
        for (let i = 0; i < come; i += 1)
          placed.push({ n: first + i, partition: put.partitions[i] ?? -1, position: put.positions[i] ?? -1n });
        const topic = await stream.describe('plays');
        assert.ok(topic);
        for (const { partition, end } of topic.state) {
          const passed = (from.get(partition) ?? 0n) + BigInt(pass[partition] ?? 0);
          from.set(partition, passed < end ? passed : end);
        }
        await using held = new AsyncDisposableStack();
        await tail.isOf(source, topic);
        const files = await tail.files(source, topic, from, held);
        const texts = await Promise.all(files.map(({ path }) => readFile(path, 'utf8')));
        const found = texts.flatMap((text) => text.split('\n').filter((line) => line !== ''));
        const wanted = placed.filter(({ partition, position }) => position >= (from.get(partition) ?? 0n));
        const numbers = found.map((line) => Number(/"n":(\d+)/.exec(line)?.[1])).sort((a, b) => a - b);
        assert.deepEqual(
          numbers,
          wanted.map(({ n }) => n),
        );
      }
      await tail.close();
      assert.deepEqual(await lakehouse.effects.fs.readdir(source.directory), []);
    };
    await fc.assert(fc.asyncProperty(steps, holds), { numRuns: 25, seed: 7 });
    await lakehouse.close();
  });
});
