import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { manualClock } from '../../src/base/effects.ts';
import { isPlayheadError } from '../../src/base/errors.ts';
import { measuring } from '../../src/observe/measures.ts';
import { servePrometheus } from '../../src/observe/prometheus.ts';
import { recorder } from '../../src/observe/recorder.ts';

describe('the Prometheus endpoint', () => {
  it('serves counters, distributions and levels as they are measured, on loopback', async (test) => {
    const recorded = recorder(manualClock());
    const endpoint = await servePrometheus(recorded, 0);
    test.after(() => endpoint.close());
    const measure = measuring(recorded.meter);
    measure('stream.appended', 40, 'orders');
    measure('stream.appended', 2, 'orders');
    measure('run.duration', 120, 'shop.curate');
    measure('delivery.freshness', 33, 'shop.deliver');
    const response = await fetch(endpoint.url);
    const text = await response.text();
    assert.equal(response.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    assert.match(text, /^# TYPE playhead_stream_appended_total counter$/m);
    assert.match(text, /^playhead_stream_appended_total\{[^}]*topic="orders"[^}]*\} 42$/m);
    assert.match(text, /^playhead_run_duration_sum\{[^}]*address="shop.curate"[^}]*\} 120$/m);
    assert.match(text, /^playhead_delivery_freshness\{[^}]*address="shop.deliver"[^}]*\} 33$/m);
    assert.equal((await fetch(new URL('/', endpoint.url))).status, 404);
    assert.equal(new URL(endpoint.url).hostname, '127.0.0.1');
  });

  it('refuses a port that is taken', async (test) => {
    const first = await servePrometheus(recorder(manualClock()), 0);
    test.after(() => first.close());
    await assert.rejects(servePrometheus(recorder(manualClock()), Number(new URL(first.url).port)), (error) =>
      isPlayheadError(error, 'PH_USAGE'),
    );
  });
});
