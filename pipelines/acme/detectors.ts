import { countOf, detector, hours, ratioOf } from '../../src/index.ts';

const by = ['country', 'isp', 'release', 'os'];
const ended = "event_type IN ('stop', 'complete')";

export const acmeDetectors = {
  viewing: detector({
    table: 'curated',
    time: 'event_time',
    dimensions: { country: 'country', isp: 'isp', release: 'app_version', os: 'device_os' },
    measures: {
      starts: countOf("event_type = 'start'", { by: ['country'] }),
      // Shares hardly follow the time of day: a few hours tell what is usual.
      failures: ratioOf({ of: 'error_count > 0', over: ended, by, warmUp: hours(6) }),
      stalls: ratioOf({ of: 'buffering_events > 0', over: ended, by, warmUp: hours(6) }),
    },
    // A weekend's day has a third more than a weekday's, and two weekends are not enough to learn that from.
    sensitivity: { leastChange: 1.75 },
    names: {
      'isp-outage': { measure: 'failures', in: ['isp'] },
      'bad-release': { measure: 'failures', in: ['release', 'os'] },
      'cdn-degradation': { measure: 'stalls', in: ['everywhere', 'country', 'isp'] },
      'demand-spike': { measure: 'starts', in: ['everywhere', 'country'] },
    },
  }),
};
