// Sends batches over 64 connections, in a process of its own: `url token seconds keyed`. Prints what autocannon counted.
import autocannon from 'autocannon';
import { systemRandom } from '../src/base/random.ts';

const [url = '', token = '', seconds = '', keyed = ''] = process.argv.slice(2);
// Idempotency-Keys that no round before has used.
const random = systemRandom();
const hex = (): string => random.uint32().toString(16).padStart(8, '0');
const pick = <T>(...values: readonly T[]): T | undefined => values[random.uint32() % values.length];

function event(): object {
  return {
    event_id: `${hex()}${hex()}`,
    user_id: `U-${random.uint32() % 100_000}`,
    session_id: hex(),
    event_type: pick('play', 'pause', 'complete'),
    event_timestamp: new Date(Date.UTC(2026, 10, 1) + (random.uint32() % 86_400_000)).toISOString(),
    show_id: 1 + (random.uint32() % 5000),
    season: 1 + (random.uint32() % 9),
    episode: 1 + (random.uint32() % 20),
    watch_seconds: random.uint32() % 3600,
    plan: pick('basic', 'standard', 'premium'),
    platform: pick('ios', 'android', 'web', 'tv'),
    app_version: '4.12.0',
    country: pick('US', 'DE', 'JP', 'BR', 'FR'),
  };
}

const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
const bodies = Array.from({ length: 32 }, () => JSON.stringify(Array.from({ length: 100 }, event)));
const result = await autocannon({
  url,
  connections: 64,
  duration: Number(seconds),
  requests: bodies.map((body) => ({
    method: 'POST',
    headers,
    body,
    ...(keyed === 'keyed'
      ? { setupRequest: (request) => ({ ...request, headers: { ...headers, 'idempotency-key': `${hex()}${hex()}` } }) }
      : {}),
  })),
});
process.stdout.write(JSON.stringify(result));
