import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPlayheadError, PlayheadError } from '../../src/base/errors.ts';
import { produceSessions, reportOfLogged, resumeRange } from '../../src/source/produce-sessions.ts';
import { sessionNdjson } from '../../src/source/session-ndjson.ts';
import { SessionSource } from '../../src/source/sessions/session-source.ts';
import { parseTestPayload, produceTestPayload } from '../../src/source/test-payload.ts';
import type { Stream } from '../../src/stream/stream.ts';
import { openPorts } from './ports.ts';
import { hourMs, monday, sampleReference, sampleSource, slotMs } from './sessions/sample-service.ts';

const topic = 'plays';
const range = { fromMs: monday, toMs: monday + 2 * hourMs };
const open = (): SessionSource =>
  new SessionSource({ address: 'sample.viewers', definition: sampleSource, key: 'session' }, sampleReference());

async function topicOf(stream: Stream): Promise<number> {
  const spec = { topic, partitions: 3, retentionMs: 7 * 24 * hourMs, cleanup: 'delete' as const };
  const { state } = await stream.ensureTopic(spec);
  return state.reduce((sum, { count }) => sum + count, 0);
}

function recordsOf({ fromMs, toMs }: typeof range): number {
  const batches = open().read(new Date(fromMs).toISOString(), new Date(toMs).toISOString());
  return [...batches].reduce((sum, { batch }) => sum + batch.count, 0);
}

describe('producing sessions', () => {
  it('appends each record once, however often and in whatever pieces a range is run', async () => {
    await using ports = await openPorts();
    await topicOf(ports.stream);
    const first = await produceSessions(open(), ports.stream, topic, range);
    assert.deepEqual([first.logged, first.resent], [first.records, 0]);
    const again = await produceSessions(open(), ports.stream, topic, range);
    assert.deepEqual([again.logged, again.resent], [0, first.records]);
    const wider = { fromMs: monday - hourMs, toMs: monday + hourMs };
    const third = await produceSessions(open(), ports.stream, topic, wider);
    assert.ok(third.logged > 0 && third.resent > 0);
    assert.equal(await topicOf(ports.stream), first.logged + third.logged);
  });

  it('knows from the sequences in the log alone whether a range is there whole', async () => {
    await using ports = await openPorts();
    await topicOf(ports.stream);
    const records = recordsOf(range);
    const reported = () => reportOfLogged(open(), ports.stream, topic, range, records);
    assert.equal(await reported(), undefined);
    await produceSessions(open(), ports.stream, topic, { ...range, toMs: range.toMs - slotMs });
    assert.equal(await reported(), undefined);
    const whole = await produceSessions(open(), ports.stream, topic, range);
    assert.ok(whole.logged > 0 && whole.resent > 0);
    assert.deepEqual(await reported(), { ...whole, logged: 0, resent: records });
  });

  it('goes on after an append that failed or an interrupt: what was acknowledged stays, the rest follows', async () => {
    await using ports = await openPorts();
    await topicOf(ports.stream);
    let appends = 0;
    const failing: Stream = {
      ...ports.stream,
      append: async (request) => {
        appends += 1;
        if (appends === 5) throw new PlayheadError('PH_STORAGE_FULL', 'the disk is full');
        return ports.stream.append(request);
      },
    };
    const full = (error: unknown): boolean => isPlayheadError(error, 'PH_STORAGE_FULL');
    await assert.rejects(produceSessions(open(), failing, topic, range), full);
    const interrupt = new AbortController();
    const onProgress = (): void => interrupt.abort();
    await assert.rejects(
      produceSessions(open(), ports.stream, topic, range, { signal: interrupt.signal, onProgress }),
      (error: unknown) => isPlayheadError(error, 'PH_INTERRUPTED'),
    );
    const rest = await produceSessions(open(), ports.stream, topic, range);
    assert.ok(rest.resent > 0 && rest.logged > 0);
    assert.equal(await topicOf(ports.stream), rest.records);
  });

  it('resumes on the wall clock with the last slot that the log has, and starts with the one that has ended', async () => {
    await using ports = await openPorts();
    await topicOf(ports.stream);
    const nowMs = monday + hourMs + 61_000;
    assert.deepEqual(await resumeRange(open(), ports.stream, topic, nowMs), {
      fromMs: monday + hourMs - slotMs,
      toMs: monday + hourMs,
    });
    await produceSessions(open(), ports.stream, topic, { fromMs: monday, toMs: monday + 2 * slotMs });
    assert.deepEqual(await resumeRange(open(), ports.stream, topic, nowMs), {
      fromMs: monday + slotMs,
      toMs: monday + hourMs,
    });
  });

  it('refuses a range that is not on whole slots', async () => {
    await using ports = await openPorts();
    await assert.rejects(
      produceSessions(open(), ports.stream, topic, { fromMs: monday + 1000, toMs: monday + hourMs }),
      (error: unknown) => isPlayheadError(error, 'PH_USAGE'),
    );
  });
});

describe('sessions as NDJSON', () => {
  const text = (parts: Iterable<Uint8Array>): string[] =>
    Buffer.concat([...parts])
      .toString()
      .split('\n')
      .slice(0, -1);

  it('gives so many records from a time on, or those of a range that need not be on slots', () => {
    const whole = text(sessionNdjson(open(), { fromMs: monday, toMs: monday + hourMs }));
    assert.deepEqual(text(sessionNdjson(open(), { fromMs: monday, events: 100 })), whole.slice(0, 100));
    const cut = monday + 1_234_567;
    const parts = [
      ...text(sessionNdjson(open(), { fromMs: monday, toMs: cut })),
      ...text(sessionNdjson(open(), { fromMs: cut, toMs: monday + hourMs })),
    ];
    assert.deepEqual(parts, whole);
  });

  it('wants an end or a number', () => {
    assert.throws(
      () => [...sessionNdjson(open(), { fromMs: monday })],
      (error: unknown) => isPlayheadError(error, 'PH_USAGE'),
    );
  });
});

describe('test payload', () => {
  const { viewers, titles } = sampleReference();
  const title = (i: number) => ({
    id: titles.ids[i] ?? '',
    type: 'film',
    genre: 'art',
    durationMinutes: 90,
    rank: i + 1,
    columns: { name: `Work ${i}` },
  });
  const viewer = (i: number) => ({
    id: viewers.ids[i] ?? '',
    tier: 'family',
    country: 'Freedonia',
    timezone: 'Europe/Berlin',
    preferredGenres: ['art'],
    columns: { town: 'X' },
  });
  const data = {
    titles: { popular: [0, 1].map(title), regular: [2].map(title), niche: [3].map(title) },
    viewers: { active: [0, 1].map(viewer), regular: [2, 3, 4].map(viewer), new: [5].map(viewer) },
  };
  const payload = { address: 'sample.viewers', definition: sampleSource, batchSize: 40, nowMs: monday + 9 * hourMs };

  it('sends exactly so many records with ids of the loaded data, none from the future or older than a day', async () => {
    await using ports = await openPorts();
    await topicOf(ports.stream);
    const { logged } = await produceTestPayload(payload, data, ports.stream, topic);
    assert.equal(logged, 40);
    assert.equal(await topicOf(ports.stream), 40);
    for (let partition = 0; partition < 3; partition += 1) {
      for (const batch of (await ports.stream.fetch(topic, partition, 0n, { maxBytes: 1e6 })).batches) {
        for (const line of Buffer.from(batch.values).toString().trim().split('\n')) {
          const record: { at: number; who: { household: string }; work: { id: string } } = JSON.parse(line);
          assert.ok(record.at <= payload.nowMs && record.at > payload.nowMs - 24 * hourMs);
          assert.match(record.who.household, /^H0000[0-5]$/);
          assert.match(record.work.id, /^W[0-3]$/);
        }
      }
    }
  });

  it('is new records each time', async () => {
    await using ports = await openPorts();
    await topicOf(ports.stream);
    await produceTestPayload(payload, data, ports.stream, topic);
    await produceTestPayload({ ...payload, nowMs: payload.nowMs + 1 }, data, ports.stream, topic);
    assert.equal(await topicOf(ports.stream), 80);
  });

  it('refuses more than a day holds, and payloads that are none', async () => {
    await using ports = await openPorts();
    await topicOf(ports.stream);
    const usage = (error: unknown): boolean => isPlayheadError(error, 'PH_USAGE');
    await assert.rejects(produceTestPayload({ ...payload, batchSize: 100_000 }, data, ports.stream, topic), usage);
    assert.equal(parseTestPayload({ test: true, batch_size: 25 }), 25);
    for (const wrong of [
      { test: true },
      { batch_size: 5 },
      { test: true, batch_size: 0 },
      null,
      { test: 1, batch_size: 2 },
    ])
      assert.throws(() => parseTestPayload(wrong), usage);
  });
});
