import assert from 'node:assert/strict';
import { it } from 'node:test';
import { userEvents } from '../../pipelines/tally/events.ts';
import { definePipeline } from '../../src/index.ts';
import { openTestPipeline } from '../../src/testing/index.ts';

const event = {
  event_id: 'e-0000001',
  user_id: 'U-1',
  session_id: 's-1',
  event_type: 'play',
  event_timestamp: '2026-11-01T10:05:00Z',
  show_id: 94_997,
  season: 1,
  episode: 2,
  watch_seconds: 600,
  plan: 'trial',
  platform: 'tv',
  country: 'DE',
};

it('user events lie by the hour in a typed table, once each, and what contradicts itself is kept out', async () => {
  await using lake = await openTestPipeline(definePipeline('viewers', userEvents), { now: '2026-11-01T10:30:00Z' });
  await lake.produce('events', [
    event,
    event,
    { ...event, event_id: 'e-0000002', event_type: 'rate', watch_seconds: undefined, rating: 8.5 },
    { ...event, event_id: 'e-0000003', event_timestamp: '2026-11-01T09:59:59Z', event_type: 'complete' },
    { ...event, event_id: 'e-0000004', event_type: 'cancel', show_id: undefined, watch_seconds: undefined },
    { ...event, event_id: 'e-0000005', rating: 3 },
    { ...event, event_id: 'e-0000006', show_id: undefined },
    { ...event, event_id: 'e-0000007', event_timestamp: '2026-11-01T12:00:00Z' },
  ]);
  await lake.deliver();
  await lake.run('curate-events');
  await lake.assertRows(
    'SELECT hour, event_type, count(*) AS n, sum(watch_seconds) AS watched FROM tally_dev.user_events GROUP BY 1, 2',
    [
      { hour: 9, event_type: 'complete', n: 1n, watched: 600n },
      { hour: 10, event_type: 'cancel', n: 1n, watched: null },
      { hour: 10, event_type: 'play', n: 1n, watched: 600n },
      { hour: 10, event_type: 'rate', n: 1n, watched: null },
    ],
  );
  const kept = (await lake.quarantined('curate-events')).map(({ reason }) => reason);
  assert.deepEqual(kept.toSorted(), ['about_a_show', 'event_timestamp_arrival', 'rating_is_rated']);
  await lake.assertAddsUp();
});
