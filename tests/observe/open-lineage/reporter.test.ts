import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { manualClock, testEffects } from '../../../src/base/effects.ts';
import { startEvent } from '../../../src/observe/open-lineage/event.ts';
import { type LineageEvents, openLineageEvents } from '../../../src/observe/open-lineage/open.ts';
import { openSink, type Sink } from '../sink.ts';

const unaborted = new AbortController().signal;
const eventOf = (n: number) =>
  startEvent(
    {
      namespace: 'playhead',
      runId: `00000000-0000-4000-8000-00000000000${n}`,
      address: 'shop.curate',
      kind: 'job',
      trigger: 'command',
    },
    undefined,
    Date.UTC(2025, 7, 11),
  );

describe('events on their way to an endpoint', () => {
  let folder: string;
  let sink: Sink;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'playhead-lineage-'));
    sink = await openSink();
  });
  afterEach(async () => {
    await sink.close();
    rmSync(folder, { recursive: true });
  });

  const clock = manualClock();
  const effects = testEffects({ clock, env: { TOKEN: 'sesame' } });
  const open = (told = true): LineageEvents => {
    const endpoint = { backend: 'http', url: sink.url, headers: { authorization: { env: 'TOKEN' } } } as const;
    return openLineageEvents(join(folder, 'lineage.sqlite'), told ? endpoint : undefined, effects, 'write');
  };
  const taken = (): unknown[] => sink.received.map(({ message }) => (message['run'] as { runId: string }).runId.at(-1));

  it('arrive in the order in which they happened, each under an id of its own', async () => {
    const events = open();
    events.report(eventOf(1));
    events.report(eventOf(2));
    await events.close();
    assert.deepEqual(taken(), ['1', '2']);
    const ids = sink.received.map(({ headers }) => headers['idempotency-key']);
    assert.equal(new Set(ids).size, 2);
    assert.equal(sink.received[0]?.headers.authorization, 'sesame');
  });

  it('wait while the endpoint is away, across processes, and say why', async () => {
    sink.answer(503);
    const first = open();
    first.report(eventOf(1));
    first.report(eventOf(2));
    await first.close();
    const second = open();
    const { pending, error } = second.store.counts();
    assert.equal(pending, 2);
    assert.match(error ?? '', /answered 503/);
    assert.doesNotMatch(error ?? '', /sesame/);
    sink.answer(204);
    assert.equal(await second.send(unaborted), 2);
    assert.deepEqual([taken(), second.store.counts().pending], [['1', '2'], 0]);
    await second.close();
  });

  it('are tried again no sooner than they are due, unless somebody asks', async () => {
    sink.answer(503);
    const events = open();
    events.report(eventOf(1));
    await events.send(unaborted);
    sink.answer(204);
    events.report(eventOf(2));
    await clock.advance(0);
    assert.deepEqual(taken(), []);
    assert.equal(await events.send(unaborted), 2);
    await events.close();
  });

  it('that are refused do not stand in the way of others, and are counted', async () => {
    sink.answer(400);
    const events = open();
    events.report(eventOf(1));
    await events.send(unaborted);
    sink.answer(204);
    events.report(eventOf(2));
    await events.send(unaborted);
    assert.deepEqual([taken(), events.store.counts().refused], [['2'], 1]);
    await events.close();
  });

  it('are kept where nobody is to be told', async () => {
    const events = open(false);
    events.report(eventOf(1));
    assert.deepEqual(
      [events.store.events(10).map(({ outcome }) => outcome), await events.send(unaborted)],
      [['kept'], 0],
    );
    await events.close();
    assert.deepEqual(taken(), []);
  });
});
