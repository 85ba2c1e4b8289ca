import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { testEffects } from '../../src/base/effects.ts';
import { findErasedIds, forgetErased, rememberErased } from '../../src/govern/erase/erased-people.ts';
import { bitAt, valueAt } from '../../src/record/batch.ts';
import { BatchBuilder } from '../../src/record/batch-builder.ts';
import { produceNdjson } from '../../src/source/ndjson.ts';
import { openEmbeddedStream } from '../../src/stream/embedded/open.ts';
import type { AppendResult, Stream } from '../../src/stream/stream.ts';

const person = { field: 'user_id', value: 'U-2718281828' };
const effects = testEffects();

describe('appends about somebody who was erased', () => {
  let home: string;
  const open: Stream[] = [];
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'playhead-erased-'));
  });
  afterEach(async () => {
    for (const log of open.splice(0)) await log.close();
    await rm(home, { recursive: true });
  });

  async function opened(reached: (step: string) => void | Promise<void> = () => {}): Promise<Stream> {
    const own = { ...effects, reached };
    const log = await openEmbeddedStream(join(home, 'log'), own, { erasedIds: findErasedIds(home, own) });
    open.push(log);
    await log.ensureTopic({ topic: 'plays', partitions: 2, retentionMs: 1000, cleanup: 'delete' });
    return log;
  }

  function append(log: Stream, first: number, users: readonly string[]): Promise<AppendResult> {
    const builder = new BatchBuilder({ lineFramed: true, checkedObjects: true, keyed: false });
    for (const user of users) builder.add(Buffer.from(`{"user_id":"${user}"}\n`), 0);
    return log.append({ topic: 'plays', source: 's', firstSequence: BigInt(first), batch: builder.take() });
  }

  /** Values by partition; of an erased record, that it was. */
  async function logged(log: Stream): Promise<string[]> {
    const values: string[] = [];
    for (const partition of [0, 1])
      for (const batch of (await log.fetch('plays', partition, 0n, { maxBytes: 1e6 })).batches)
        for (let i = 0; i < batch.count; i += 1)
          values.push(bitAt(batch.erased, i) ? 'erased' : Buffer.from(valueAt(batch, i)).toString().slice(12, -3));
    return values.sort();
  }

  it('take their places and nothing else, also in a log that was open before', async () => {
    const log = await opened();
    assert.equal((await append(log, 0, [person.value, 'b'])).erased, 0);
    await rememberErased(home, person, effects);
    const { logged: taken, erased } = await append(log, 2, ['c', person.value, 'd', person.value]);
    assert.deepEqual([taken, erased], [4, 2]);
    assert.deepEqual(await logged(log), [person.value, 'b', 'c', 'd', 'erased', 'erased']);
  });

  it('are looked through again where an erasure begins before their commit', async () => {
    const other = await opened();
    let begun = false;
    const log = await opened(async (step) => {
      if (step !== 'stream.segment-written' || begun) return;
      begun = true;
      await rememberErased(home, person, effects);
      await other.erase('plays', (value) => Buffer.from(value).includes(person.value));
    });
    const results = await Promise.all([append(log, 0, ['a', person.value]), append(log, 2, ['b', person.value])]);
    assert.ok(begun);
    assert.deepEqual(
      results.map(({ erased }) => erased),
      [1, 1],
    );
    assert.deepEqual(await logged(log), ['a', 'b', 'erased', 'erased']);
  });

  it('are taken again once the person is', async () => {
    const log = await opened();
    await rememberErased(home, person, effects);
    assert.equal(await forgetErased(home, { field: 'USER_ID', value: person.value }, effects), true);
    assert.equal(await forgetErased(home, person, effects), false);
    assert.equal((await append(log, 0, [person.value])).erased, 0);
  });

  it('are no conflict where the same source sends them again', async () => {
    const log = await opened();
    const send = () =>
      produceNdjson(
        Readable.from([Buffer.from(`{"user_id":"${person.value}"}\n{}\n`)]),
        log,
        { topic: 'plays', source: 'f' },
        () => {},
        effects,
      );
    await send();
    await rememberErased(home, person, effects);
    await log.erase('plays', (value) => Buffer.from(value).includes(person.value));
    const { logged: taken, resent, conflicting } = await send();
    assert.deepEqual({ taken, resent, conflicting }, { taken: 0, resent: 2, conflicting: 0 });
  });

  it('fail where the list no longer fits its secret: nobody is let pass unseen', async () => {
    await rememberErased(home, person, effects);
    await rm(join(home, 'hash.key'));
    const log = await opened();
    await assert.rejects(append(log, 0, ['a']), { code: 'PH_STATE_CORRUPT' });
  });
});
