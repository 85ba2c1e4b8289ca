import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { acme } from '../../pipelines/acme/index.ts';
import type { telemetry } from '../../pipelines/acme/record.ts';
import { minutes } from '../../src/index.ts';
import type { PipelineDefinition } from '../../src/pipeline/definition.ts';
import type { Infer } from '../../src/record/infer.ts';
import { openTestPipeline, type TestPipeline } from '../../src/testing/index.ts';

type Event = Infer<typeof telemetry>;

/** As it is shipped, with fewer households and titles. */
const small: PipelineDefinition = {
  ...acme,
  sources: Object.fromEntries(
    Object.entries(acme.sources).map(([name, source]) => [
      name,
      source.source === 'seed-table' ? { ...source, rows: 300 } : source,
    ]),
  ),
};

const session: Omit<Event, 'event_id' | 'event_type' | 'event_timestamp' | 'customer_id' | 'title_id'> = {
  session_id: 'SESSION_0000000a',
  device_id: 'DEVICE_0000000a',
  watch_duration_seconds: 0,
  position_seconds: 0,
  completion_percentage: 0,
  device_type: 'tv',
  device_os: 'Roku OS',
  app_version: '5.2.1',
  quality: 'HD',
  bandwidth_mbps: 25,
  buffering_events: 0,
  buffering_duration_seconds: 0,
  error_count: 0,
  ip_address: '192.0.2.7',
  country: 'United States',
  state: 'California',
  city: 'Los Angeles',
  isp: 'Comcast',
  connection_type: 'fiber',
};

describe('ACME, from the players to the curated table', () => {
  let lake: TestPipeline;
  before(async () => {
    lake = await openTestPipeline(small, { now: '2025-08-11T07:05:00Z', schedules: ['deliver', 'refine'] });
    await lake.run('make-customers');
    await lake.run('make-titles');
  });
  after(() => lake.close());

  it('accounts for each simulated event, those that come twice and those that are broken', async () => {
    const range = { from: '2025-08-11T06:00:00Z', to: '2025-08-11T07:00:00Z' };
    await lake.run('viewers', { ...range, eventsPerDay: 12_000, duplicated: 0.05, malformed: 0.02 });
    await lake.clock.advance(minutes(5));
    const [account] = await lake.ledger();
    assert.ok(account !== undefined && account.produced > 100 && account.deduplicated > 0 && account.quarantined > 0);
    await lake.assertAddsUp({ pending: 0, lost: 0 });
    const [counts] = await lake.rows(
      'SELECT count(*) AS events, count(DISTINCT event_id) AS ids FROM acme_telemetry.video_telemetry',
    );
    assert.deepEqual(counts, { events: BigInt(account.delivered), ids: BigInt(account.delivered) });
  });

  it('goes on where a run sets all that it read aside', async () => {
    const before = (await lake.quarantined('curate')).length;
    await lake.produce('telemetry', '{"event_id":"EVENT_0badbad0","event_timestamp":"2025-08-11T06:30:00Z"}\n');
    await lake.deliver();
    await lake.run('curate');
    assert.equal((await lake.quarantined('curate')).length, before + 1);
    await lake.assertAddsUp({ pending: 0 });
  });

  it('puts a late event into the hour in which it happened, and keeps one of a key that says two things', async () => {
    const [customer] = await lake.rows('SELECT customer_id FROM acme_streaming_data.customers LIMIT 1');
    const [title] = await lake.rows('SELECT title_id FROM acme_streaming_data.titles LIMIT 1');
    const event = (n: number, changes: Partial<Event>): Event => ({
      ...session,
      customer_id: String(customer?.['customer_id']),
      title_id: String(title?.['title_id']),
      event_id: `EVENT_f000000${n}`,
      event_type: 'start',
      event_timestamp: '2025-08-11T06:30:00Z',
      ...changes,
    });
    const before = (await lake.quarantined('curate')).length;
    await lake.produce('telemetry', [event(1, {}), event(1, { country: 'Canada' })]);
    await lake.deliver();
    await lake.run('curate');
    const where =
      "SELECT event_id, country, hour FROM acme_telemetry.video_telemetry WHERE event_id LIKE 'EVENT_f000000%'";
    await lake.assertRows(where, [{ event_id: 'EVENT_f0000001', country: 'United States', hour: 6 }]);
    const [conflict, ...others] = (await lake.quarantined('curate')).slice(before);
    assert.deepEqual([conflict?.reason, others], ['key_conflict', []]);
    assert.match(conflict?.text ?? '', /"country":"Canada"/);
    await lake.assertAddsUp();
  });
});
