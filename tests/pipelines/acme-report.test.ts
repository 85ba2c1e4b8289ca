import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { acme } from '../../pipelines/acme/index.ts';
import { forDay } from '../../src/insight/report/parameters.ts';
import { figureColumns } from '../../src/insight/report/view.ts';
import type { PipelineDefinition } from '../../src/pipeline/definition.ts';
import { openTestPipeline } from '../../src/testing/index.ts';

const panels = Object.values(acme.reports)
  .flatMap(({ sections }) => sections)
  .flatMap((section) => (typeof section === 'string' ? [] : section.panels));

/** A play that ended, and one that goes on: what the formulas are checked on. */
const event = (id: string, session: string, kind: string, time: string, rest: object = {}): object => ({
  event_id: `EVENT_${id.padStart(16, '0')}`,
  customer_id: 'CUST_00000001_000001',
  title_id: 'TITLE_00000001_000001',
  session_id: `SESSION_${session.padStart(8, '0')}`,
  device_id: 'DEVICE_00000001',
  event_type: kind,
  event_timestamp: time,
  watch_duration_seconds: 0,
  position_seconds: 0,
  completion_percentage: 0,
  device_type: 'tv',
  device_os: 'Roku OS',
  app_version: '3.4.1',
  quality: 'HD',
  bandwidth_mbps: 10,
  buffering_events: 0,
  buffering_duration_seconds: 0,
  error_count: 0,
  ip_address: '192.0.2.1',
  country: 'Germany',
  state: 'Berlin',
  city: 'Berlin',
  isp: 'Germany Telecom',
  connection_type: 'fiber',
  ...rest,
});

const played = { watch_duration_seconds: 3600, position_seconds: 3564, completion_percentage: 99 };
const stalled = { buffering_events: 2, buffering_duration_seconds: 36, error_count: 1 };
const events = [
  event('1', '1', 'start', '2025-08-11T09:05:00Z'),
  event('2', '2', 'start', '2025-08-11T09:15:00Z'),
  event('3', '1', 'complete', '2025-08-11T10:05:00Z', { ...played, ...stalled }),
];

/** Without its checks: they judge events by reference tables, which these need not. */
const unchecked: PipelineDefinition = {
  ...acme,
  jobs: Object.fromEntries(Object.entries(acme.jobs).map(([name, job]) => [name, { ...job, checks: [] }])),
};

describe("ACME's daily report", () => {
  it('has panels whose SQL runs, and gives the columns that they show', async () => {
    await using lake = await openTestPipeline(unchecked, { now: '2025-08-11T10:30:00Z' });
    await lake.produce('telemetry', events);
    await lake.deliver();
    await lake.run('curate');
    const found = new Map<string, readonly Record<string, unknown>[]>();
    for (const { sql, ...view } of panels) {
      const rows = await lake.rows(forDay(sql, '2025-08-11'));
      const shown = Object.keys(figureColumns(view));
      for (const row of rows.slice(0, 1))
        assert.ok(
          shown.every((name) => name in row),
          view.title,
        );
      found.set(view.title, rows);
    }
    const [headline] = found.get('The day in figures') ?? [];
    assert.equal(Number(headline?.['plays']), 2);
    assert.equal(headline?.['watch_hours'], 1);
    assert.equal(headline?.['minutes_per_play'], (3600 - 36) / 60);
    assert.equal(headline?.['completion_rate'], 100);
    assert.equal(headline?.['rebuffering_ratio'], 1);
    assert.equal(headline?.['plays_with_errors'], 100);
    // One play from 09:05, two from 09:15, one again when the first ends.
    assert.deepEqual(
      found.get('Concurrent plays')?.map(({ slot, plays }) => [String(slot).slice(11, 16), Number(plays)]),
      [
        ['09:00', 1],
        ['09:10', 2],
        ['10:00', 1],
      ],
    );
  });
});
