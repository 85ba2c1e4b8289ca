import { cron, definePipeline, run } from '../../src/index.ts';
import { syncAlarms, syncMetrics } from './alarms.ts';
import { userEvents } from './events.ts';
import { bronzeAging } from './lifecycle.ts';
import { bronze, bronzeGenres, tmdb } from './sync.ts';

/** Tally: which shows people talk about, day by day, from TMDB's lists and its own users' events to what became of them. */
export const tally = definePipeline('tally', {
  streams: userEvents.streams,
  gateways: userEvents.gateways,
  sources: { sync: tmdb },
  tables: { bronze, 'bronze-genres': bronzeGenres, ...userEvents.tables },
  deliveries: userEvents.deliveries,
  jobs: userEvents.jobs,
  schedules: { 'sync-daily': cron('0 3 * * ? *', run('sync')), ...userEvents.schedules },
  metrics: syncMetrics,
  alarms: syncAlarms,
  lifecycle: { 'bronze-aging': bronzeAging },
});
