import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import fc from 'fast-check';
import { testEffects } from '../../src/base/effects.ts';
import { openEmbeddedStream } from '../../src/stream/embedded/open.ts';
import type { AppendResult, Stream } from '../../src/stream/stream.ts';
import { numbered, plain } from './records.ts';

const partitions = 3;

/** What the log promises, kept in plain lists. */
interface Model {
  /** Each partition's records ever, as `source/sequence`. */
  readonly logged: readonly string[][];
  readonly starts: number[];
  /** `source/sequence` → where it was put. */
  readonly places: Map<string, { partition: number; position: number }>;
}

interface Real {
  writers: Stream[];
  readonly directory: string;
}

type Append = { writer: number; source: string; first: number; count: number };
type Command = fc.AsyncCommand<Model, Real>;

const openOne = (directory: string): Promise<Stream> =>
  openEmbeddedStream(directory, testEffects(), { segmentBytes: 700 });

class Appends implements Command {
  readonly list: readonly Append[];
  constructor(list: readonly Append[]) {
    this.list = list;
  }
  check = (): boolean => true;
  async run(model: Model, real: Real): Promise<void> {
    const results = await Promise.all(
      this.list.map(({ writer, source, first, count }) => {
        const batch = numbered(first, first + count, (n) => (n % 4 === 0 ? '' : `${source}${n % 5}`));
        const log = real.writers[writer % real.writers.length];
        assert.ok(log);
        return log.append({ topic: 't', source, firstSequence: BigInt(first), batch });
      }),
    );
    const known = model.places.size;
    for (const [at, result] of results.entries()) placeNew(model, this.list[at], result);
    const logged = results.reduce((sum, result) => sum + result.logged, 0);
    assert.equal(logged, model.places.size - known);
    for (const [at, result] of results.entries()) {
      const { first = 0, source = '' } = this.list[at] ?? {};
      for (const [i, position] of result.positions.entries()) {
        const place = model.places.get(`${source}/${first + i}`);
        const trimmed = place !== undefined && place.position < (model.starts[place.partition] ?? 0);
        assert.equal(position, trimmed ? -1n : BigInt(place?.position ?? Number.NaN));
      }
    }
  }
  toString = (): string => `append ${JSON.stringify(this.list)}`;
}

/** Every record that is new to the model has a place that no other has. */
function placeNew(model: Model, append: Append | undefined, result: AppendResult): void {
  assert.ok(append);
  assert.equal(result.logged + result.resent, append.count);
  for (const [i, position] of result.positions.entries()) {
    const id: string = `${append.source}/${append.first + i}`;
    if (model.places.has(id)) continue;
    const partition = result.partitions[i] ?? -1;
    const own = model.logged[partition];
    assert.ok(own);
    assert.equal(own[Number(position)], undefined, `${id} at a place that is taken`);
    own[Number(position)] = id;
    model.places.set(id, { partition, position: Number(position) });
  }
}

class Reads implements Command {
  readonly maxBytes: number;
  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }
  check = (): boolean => true;
  async run(model: Model, real: Real): Promise<void> {
    for (const log of real.writers) {
      for (let partition = 0; partition < partitions; partition += 1) {
        const own = model.logged[partition] ?? [];
        const start = model.starts[partition] ?? 0;
        const read: string[] = [];
        while (start + read.length < own.length) {
          const { batches: fetched } = await log.fetch('t', partition, BigInt(start + read.length), {
            maxBytes: this.maxBytes,
          });
          const records = plain(fetched);
          assert.ok(records.length > 0);
          assert.ok(records.every(({ position }, i) => position === BigInt(start + read.length + i)));
          read.push(...records.map(({ value }) => value.trimEnd()));
        }
        assert.deepEqual(
          read,
          own.slice(start).map((id) => `{"n":${id.split('/')[1]}}`),
        );
      }
    }
  }
  toString = (): string => `read ${this.maxBytes}`;
}

class Trims implements Command {
  readonly share: number;
  constructor(share: number) {
    this.share = share;
  }
  check = (): boolean => true;
  async run(model: Model, real: Real): Promise<void> {
    const below = model.logged.map((own) => Math.floor(own.length * this.share));
    const dropped = await real.writers[0]?.trim('t', below.map(BigInt), Number.MAX_SAFE_INTEGER);
    for (const [partition, count] of (dropped ?? []).entries()) {
      model.starts[partition] = (model.starts[partition] ?? 0) + count;
      assert.ok(count === 0 || (model.starts[partition] ?? 0) <= (below[partition] ?? 0));
    }
  }
  toString = (): string => `trim ${this.share}`;
}

class Reopens implements Command {
  check = (): boolean => true;
  async run(_: Model, real: Real): Promise<void> {
    await Promise.all(real.writers.map((log) => log.close()));
    real.writers = await Promise.all(real.writers.map(() => openOne(real.directory)));
  }
  toString = (): string => 'reopen';
}

const append = fc.record({
  writer: fc.nat(1),
  source: fc.constantFrom('a', 'b'),
  first: fc.nat(60),
  count: fc.integer({ min: 1, max: 25 }),
});

it('agrees with a list of records whatever is appended, sent again, trimmed and reopened', async () => {
  const commands = fc.commands(
    [
      fc.array(append, { minLength: 1, maxLength: 4 }).map((list) => new Appends(list)),
      fc.integer({ min: 1, max: 400 }).map((maxBytes) => new Reads(maxBytes)),
      fc.double({ min: 0, max: 1, noNaN: true }).map((share) => new Trims(share)),
      fc.constant(new Reopens()),
    ],
    { maxCommands: 15 },
  );
  await fc.assert(
    fc.asyncProperty(commands, async (sequence) => {
      const directory = await mkdtemp(join(tmpdir(), 'playhead-model-'));
      const real: Real = { directory, writers: [await openOne(directory), await openOne(directory)] };
      try {
        await real.writers[0]?.ensureTopic({ topic: 't', partitions, retentionMs: 1, cleanup: 'delete' });
        const model: Model = { logged: [[], [], []], starts: [0, 0, 0], places: new Map() };
        await fc.asyncModelRun(() => ({ model, real }), sequence);
        await new Reads(1000).run(model, real);
      } finally {
        await Promise.all(real.writers.map((log) => log.close()));
        await rm(directory, { recursive: true, force: true });
      }
    }),
    { numRuns: 15 },
  );
});
