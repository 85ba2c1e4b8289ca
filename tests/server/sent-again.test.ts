import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { testEffects } from '../../src/base/effects.ts';
import { PlayheadError } from '../../src/base/errors.ts';
import { seededRandom } from '../../src/base/random.ts';
import { defineRecord, field, stream } from '../../src/index.ts';
import type { AppendRequest, Stream } from '../../src/stream/stream.ts';
import { codeOf, newFolder, type OpenGateway, openGateway, play, plays, sendRecords } from './open-gateway.ts';

const good = { play_id: 'p1', seconds: 7 };

describe('a request that is sent again', () => {
  let token: string;
  const send = (body: unknown, headers: Record<string, string>, to: OpenGateway) =>
    sendRecords(to, token, body, headers);

  it('appends nothing and has the same answer, also after a restart', async (test) => {
    const own = newFolder();
    test.after(own.remove);
    const batch = [1, 2, 3].map((n) => ({ play_id: `p${n}`, seconds: n }));
    const first = await openGateway({ folder: own.path });
    token = (await first.keys.issue('one', ['write:*'])).token;
    const other = (await first.keys.issue('two', ['write:*'])).token;
    const key = { 'idempotency-key': 'order-7' };
    await send([good], {}, first);
    const answers = await Promise.all([send(batch, key, first), send(batch, key, first), send([good], {}, first)]);
    const [answer] = answers;
    assert.equal(answer.statusCode, 200);
    assert.equal(answers[1].body, answer.body);
    assert.equal(codeOf(await send([good], key, first)), 'PH_IDEMPOTENCY_KEY_REUSED');
    assert.equal((await first.values()).length, 5);
    await first.end();

    // Other random numbers, as another process has: its sequences must not be those of the first.
    const second = await openGateway({ folder: own.path, effects: testEffects({ random: seededRandom(2) }) });
    await send([good], {}, second);
    const again = await send(gzipSync(JSON.stringify(batch)), { ...key, 'content-encoding': 'gzip' }, second);
    assert.deepEqual([again.statusCode, again.body], [200, answer.body]);
    assert.equal(codeOf(await send([good], key, second)), 'PH_IDEMPOTENCY_KEY_REUSED');
    assert.equal((await second.values()).length, 6);
    await send(batch, { ...key, authorization: `Bearer ${other}` }, second);
    assert.equal((await second.values()).length, 9, 'another sender’s key is another key');
    await second.end();

    const changed = defineRecord('play', {
      version: 2,
      fields: { ...play.fields, more: field.optional(field.int()) },
    });
    const third = await openGateway({
      folder: own.path,
      into: stream({ ...plays, record: changed, key: 'play_id' }) as typeof plays,
    });
    assert.equal(codeOf(await send(batch, key, third)), 'PH_DEFINITION_INCOMPATIBLE');
    await third.end();
  });

  it('is told where its records stand, also on a log that does not say so', async (test) => {
    const own = newFolder();
    test.after(own.remove);
    let apart = 0n;
    const around = (log: Stream): Stream => ({
      ...log,
      capabilities: { ...log.capabilities, findsResent: false },
      append: async (request) => {
        const appended = await log.append(request);
        if (appended.resent > 0) return { ...appended, positions: appended.positions.map(() => -1n) };
        // Between two records of one partition, another writer's may lie.
        return { ...appended, positions: appended.positions.map((position, at) => position + apart * BigInt(at)) };
      },
    });
    const batch = Array.from({ length: 9 }, (_, n) => ({ play_id: `p${n}`, seconds: n }));
    const key = { 'idempotency-key': 'k' };
    const first = await openGateway({ folder: own.path, around });
    token = (await first.keys.issue('one', ['write:*'])).token;
    await send([good], {}, first);
    const answer = await send(batch, key, first);
    await first.end();
    const second = await openGateway({ folder: own.path, around, effects: testEffects({ random: seededRandom(3) }) });
    assert.equal((await send(batch, key, second)).body, answer.body);
    assert.equal((await send(batch, key, second)).body, answer.body);
    apart = 5n;
    const scattered = { 'idempotency-key': 'scattered' };
    assert.equal((await send(batch, scattered, second)).statusCode, 200);
    const again = await send(batch, scattered, second);
    assert.deepEqual(
      again.json().records.map(({ position }: { position: unknown }) => position),
      batch.map(() => null),
    );
    assert.equal((await second.values()).length, 19);
    await second.end();
  });

  it('is appended once where it failed on its way, however often it is sent', async (test) => {
    const own = newFolder();
    test.after(own.remove);
    let failures = 2;
    const requests: AppendRequest[] = [];
    const around = (log: Stream): Stream => ({
      ...log,
      append: async (request) => {
        requests.push(request);
        // The second failure is an answer that was lost.
        const appended = failures === 2 ? undefined : await log.append(request);
        failures -= 1;
        if (failures >= 0 || appended === undefined) throw new PlayheadError('PH_STORAGE_FAILED', '/secret/path broke');
        return appended;
      },
    });
    const warnings: string[] = [];
    const effects = testEffects({ log: { log: (_, message) => warnings.push(message) } });
    const broken = await openGateway({ folder: own.path, around, effects });
    token = (await broken.keys.issue('one', ['write:*'])).token;
    const key = { 'idempotency-key': 'k' };
    const answers = [await send([good], key, broken), await send([good], key, broken), await send([good], key, broken)];
    assert.deepEqual(
      answers.map(({ statusCode }) => statusCode),
      [500, 500, 200],
    );
    assert.ok(!answers[0]?.body.includes('/secret/path') && warnings[0]?.includes('/secret/path'));
    assert.equal(new Set(requests.map(({ source, firstSequence }) => `${source} ${firstSequence}`)).size, 1);
    assert.equal((await broken.values()).length, 1);
    await broken.end();
  });
});
