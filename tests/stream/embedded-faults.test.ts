import assert from 'node:assert/strict';
import { appendFile, mkdtemp, open, readdir, readFile, rm, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { type Effects, manualClock, testEffects } from '../../src/base/effects.ts';
import { type ErrorCode, isPlayheadError } from '../../src/base/errors.ts';
import { type EmbeddedStreamSettings, openEmbeddedStream } from '../../src/stream/embedded/open.ts';
import type { AppendRequest, Stream } from '../../src/stream/stream.ts';
import { filesWith, systemError } from './faulty-files.ts';
import { numbered, plain } from './records.ts';

const topic = 't';

/** A log with one topic of one partition in a folder of its own, gone after the test. */
async function logFor(
  test: TestContext,
  effects: Effects = testEffects(),
  settings: EmbeddedStreamSettings = {},
): Promise<{ log: Stream; home: string; folder: string; again: (effects?: Effects) => Promise<Stream> }> {
  const home = await mkdtemp(join(tmpdir(), 'playhead-faults-'));
  const opened: Stream[] = [];
  const again = async (own: Effects = testEffects()): Promise<Stream> => {
    const log = await openEmbeddedStream(home, own, settings);
    opened.push(log);
    return log;
  };
  test.after(async () => {
    await Promise.all(opened.map((log) => log.close()));
    await rm(home, { recursive: true, force: true });
  });
  const log = await again(effects);
  await log.ensureTopic({ topic, partitions: 1, retentionMs: 1, cleanup: 'delete' });
  return { log, home, folder: join(home, topic), again };
}

const request = (from: number, to: number, source = 's'): AppendRequest => ({
  topic,
  source,
  firstSequence: BigInt(from),
  batch: numbered(from, to),
});

async function numbers(log: Stream): Promise<number[]> {
  const state = (await log.describe(topic))?.state[0];
  assert.ok(state);
  const { batches } = await log.fetch(topic, 0, state.start, { maxBytes: 1e9 });
  return plain(batches).map(({ value }) => JSON.parse(value).n);
}

const upTo = (end: number): number[] => [...Array(end).keys()];

async function segments(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names
    .filter((name) => name.endsWith('.segment'))
    .toSorted()
    .map((name) => join(folder, name));
}

async function firstSegment(folder: string): Promise<string> {
  const [path] = await segments(folder);
  assert.ok(path);
  return path;
}

function withIndex(folder: string, work: (index: DatabaseSync) => void): void {
  const index = new DatabaseSync(join(folder, 'index.sqlite'));
  work(index);
  index.close();
}

const refusedWith = (code: ErrorCode, says: RegExp) => (error: unknown) =>
  isPlayheadError(error, code) && says.test(`${error.message} ${error.hint} ${JSON.stringify(error.details)}`);

describe('a damaged log', () => {
  it('names the segment, the offset and the records when a byte has changed, and reads the rest', async (test) => {
    const { log, folder } = await logFor(test);
    await log.append(request(0, 50));
    await log.append(request(50, 90));
    const path = await firstSegment(folder);
    const file = await open(path, 'r+');
    await file.write(Buffer.from([0x55]), 0, 1, 60);
    await file.close();
    await assert.rejects(
      log.fetch(topic, 0, 0n, { maxBytes: 1 }),
      refusedWith(
        'PH_LOG_CORRUPT',
        /\.segment is damaged at offset 8: .*put this file back.*records 0 to 49 of partition 0/,
      ),
    );
    assert.equal(plain((await log.fetch(topic, 0, 50n, { maxBytes: 1e6 })).batches).length, 40);
  });
  it('notices one changed bit of records that are too few to be compressed', async (test) => {
    const { log, folder } = await logFor(test);
    await log.append(request(0, 3));
    const path = await firstSegment(folder);
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 2) ^ 1, bytes.length - 2);
    await writeFile(path, bytes);
    await assert.rejects(log.fetch(topic, 0, 0n, { maxBytes: 1 }), refusedWith('PH_LOG_CORRUPT', /checksum/));
  });
  it('says so when a segment is cut short or gone', async (test) => {
    const { log, folder } = await logFor(test);
    await log.append(request(0, 50));
    const path = await firstSegment(folder);
    await truncate(path, (await stat(path)).size - 3);
    await assert.rejects(log.fetch(topic, 0, 0n, { maxBytes: 1 }), refusedWith('PH_LOG_CORRUPT', /ends 3 bytes early/));
    await unlink(path);
    await assert.rejects(log.fetch(topic, 0, 0n, { maxBytes: 1 }), refusedWith('PH_LOG_CORRUPT', /is gone/));
  });
  it('says so when the index is no index, and what to do', async (test) => {
    const { log, folder, again } = await logFor(test);
    await log.append(request(0, 5));
    await log.close();
    await writeFile(
      join(folder, 'index.sqlite'),
      'this is not a database, and long enough to be looked at as one'.repeat(20),
    );
    const reopened = await again();
    await assert.rejects(reopened.describe(topic), refusedWith('PH_LOG_CORRUPT', /index.*backup/));
  });
});

describe('a writer that died', () => {
  it('leaves a tail that readers never see and the next writer cuts off', async (test) => {
    const { log, folder, again } = await logFor(test);
    await log.append(request(0, 50));
    const path = await firstSegment(folder);
    const { size } = await stat(path);
    await appendFile(path, Buffer.alloc(1000, 7));
    withIndex(folder, (index) => index.exec('UPDATE segments SET writer_pid = 999999999'));
    const next = await again();
    assert.deepEqual(await numbers(next), upTo(50));
    assert.equal((await stat(path)).size, size + 1000);
    await next.append(request(50, 60));
    assert.equal((await stat(path)).size, size);
    assert.deepEqual(await numbers(next), upTo(60));
  });
  it('is fenced when it lives after all: what it was writing goes to a new segment', async (test) => {
    let fence = (): void => {};
    const effects = testEffects({ reached: (step) => (step === 'stream.segment-written' ? fence() : undefined) });
    const { log, folder } = await logFor(test, effects);
    await log.append(request(0, 10));
    fence = () => {
      withIndex(folder, (index) => index.exec("UPDATE segments SET state = 'sealed'"));
      fence = () => {};
    };
    await log.append(request(10, 20));
    await log.append(request(20, 30));
    assert.deepEqual(await numbers(log), upTo(30));
    assert.equal((await segments(folder)).length, 2);
  });
});

it('keeps a source in order when another process brings some of its records in between', async (test) => {
  let meanwhile = async (): Promise<void> => {};
  const effects = testEffects({
    reached: (step) => (step === 'stream.segment-written' ? meanwhile() : undefined),
  });
  const { log, again } = await logFor(test, effects);
  const other = await again();
  meanwhile = async () => {
    meanwhile = async () => {};
    await other.append(request(0, 5));
  };
  const results = await Promise.all([log.append(request(0, 20)), log.append(request(20, 30))]);
  assert.deepEqual(
    results.map(({ logged, resent }) => [logged, resent]),
    [
      [15, 5],
      [10, 0],
    ],
  );
  assert.deepEqual(await numbers(log), upTo(30));
});

describe('a disk that fails', () => {
  const failing = (method: 'writev' | 'datasync', code: string, when: () => boolean): Effects =>
    testEffects({
      fs: filesWith((file) => {
        const [writev, datasync] = [file.writev.bind(file), file.datasync.bind(file)];
        file.writev = async (parts, at) => {
          if (method !== 'writev' || !when()) return writev(parts, at);
          await writev([Buffer.alloc(100, 1)], at);
          throw systemError(code, 'writev');
        };
        file.datasync = () =>
          method === 'datasync' && when() ? Promise.reject(systemError(code, 'fdatasync')) : datasync();
      }),
    });
  it('is full: nothing half-appended, and all goes on when there is room', async (test) => {
    let full = false;
    const { log, folder } = await logFor(
      test,
      failing('writev', 'ENOSPC', () => full),
    );
    await log.append(request(0, 10));
    const { size } = await stat(await firstSegment(folder));
    full = true;
    await assert.rejects(log.append(request(10, 20)), refusedWith('PH_STORAGE_FULL', /segment/));
    assert.deepEqual(await numbers(log), upTo(10));
    assert.equal(await log.lastSequence(topic, 's'), 9n);
    assert.equal((await stat(await firstSegment(folder))).size, size);
    full = false;
    await log.append(request(10, 20));
    assert.deepEqual(await numbers(log), upTo(20));
  });
  it('does not let appends overtake one of their source that failed', async (test) => {
    let left = 1;
    const effects = failing('datasync', 'EIO', () => left-- > 0);
    const { log } = await logFor(test, effects);
    const outcomes = await Promise.allSettled([
      log.append(request(0, 10)),
      log.append(request(20, 30)),
      log.append(request(30, 40)),
      log.append(request(0, 5, 'other')),
    ]);
    const codes = outcomes.map((one) =>
      one.status === 'rejected' && isPlayheadError(one.reason) ? one.reason.code : 'ok',
    );
    assert.equal(codes[0], 'PH_STORAGE_FAILED');
    assert.ok(['PH_STORAGE_FAILED', 'PH_SOURCE_SEQUENCE_GAP'].includes(codes[1] ?? ''), codes[1]);
    assert.ok(['PH_STORAGE_FAILED', 'PH_SOURCE_SEQUENCE_GAP'].includes(codes[2] ?? ''), codes[2]);
    assert.equal(await log.lastSequence(topic, 's'), undefined);
    await log.append(request(0, 40));
    assert.deepEqual((await numbers(log)).slice(-40), upTo(40));
  });
  it('may not be written to', async (test) => {
    const { log } = await logFor(
      test,
      failing('writev', 'EROFS', () => true),
    );
    await assert.rejects(log.append(request(0, 1)), refusedWith('PH_STORAGE_READ_ONLY', /segment/));
  });
});

describe('segments', () => {
  it('roll by size', async (test) => {
    const { log, folder } = await logFor(test, testEffects(), { segmentBytes: 500 });
    for (let n = 0; n < 10; n += 1) await log.append(request(n * 100, n * 100 + 100));
    assert.ok((await segments(folder)).length > 3);
    assert.deepEqual(await numbers(log), upTo(1000));
  });
  it('stay for an hour after a trim, for readers that are about to open them', async (test) => {
    const clock = manualClock();
    const { log, folder } = await logFor(test, testEffects({ clock }), { segmentBytes: 1 });
    for (let n = 0; n < 3; n += 1) await log.append(request(n * 10, n * 10 + 10));
    await clock.advance(1);
    assert.deepEqual(await log.trim(topic, [20n], clock.now()), [20]);
    assert.equal((await segments(folder)).length, 3);
    await clock.advance(3_599_999);
    await log.trim(topic, [20n], 0);
    assert.equal((await segments(folder)).length, 3);
    await clock.advance(1);
    await log.trim(topic, [20n], 0);
    assert.equal((await segments(folder)).length, 1);
    assert.deepEqual(await numbers(log), upTo(30).slice(20));
  });
  it('are kept while a trim would leave a hole between them', async (test) => {
    const { log, again } = await logFor(test);
    const other = await again();
    await log.append(request(0, 10));
    await other.append(request(10, 20));
    await log.append(request(20, 30));
    // The other's segment could go, but the first one's holds records on both sides of it.
    assert.deepEqual(await log.trim(topic, [25n], Number.MAX_SAFE_INTEGER), [0]);
    assert.deepEqual(await numbers(log), upTo(30));
    assert.deepEqual(await log.trim(topic, [30n], Number.MAX_SAFE_INTEGER), [30]);
    await log.append(request(30, 40));
    await other.append(request(40, 50));
    assert.deepEqual(await numbers(log), upTo(50).slice(30));
  });
});

it('keeps the order of positions when the clock jumps back', async (test) => {
  const clock = manualClock(5_000_000);
  const { log } = await logFor(test, testEffects({ clock }));
  await log.append(request(0, 10));
  clock.jumpTo(1_000_000);
  await log.append(request(10, 20));
  assert.deepEqual(await numbers(log), upTo(20));
  const { batches } = await log.fetch(topic, 0, 0n, { maxBytes: 1e9 });
  assert.deepEqual(
    batches.map(({ appendedMs }) => appendedMs[0]),
    [5_000_000, 1_000_000],
  );
  assert.equal((await log.describe(topic))?.lastAppendedMs, 5_000_000);
});

it('finds more by the clock where the system gives no watch on files', async (test) => {
  const clock = manualClock();
  const fs = filesWith(() => {});
  const unwatchable = () => {
    throw systemError('ENOSPC', 'watch');
  };
  const { log, again } = await logFor(test, testEffects({ clock, fs: { ...fs, watch: unwatchable } }), { pollMs: 100 });
  const other = await again();
  const waited = log.waitForMore(topic, [0n], new AbortController().signal);
  await other.append(request(0, 1));
  await clock.advance(100);
  await waited;
});

it('names the segment that can’t be read at all', async (test) => {
  const { log, folder, again } = await logFor(test);
  await log.append(request(0, 1));
  const unreadable = filesWith((file) => {
    file.read = () => Promise.reject(systemError('EIO', 'read'));
  });
  const other = await again(testEffects({ fs: unreadable }));
  await assert.rejects(numbers(other), (error) => {
    return isPlayheadError(error, 'PH_STORAGE_FAILED') && error.message.includes(folder);
  });
});
