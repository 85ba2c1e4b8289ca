import { cron, definePipeline, namedQueries, run, workgroup } from '../../src/index.ts';
import { etlAlarms, etlMetrics, syncAlarms, syncMetrics } from './alarms.ts';
import { userEvents } from './events.ts';
import { goldJobs, goldTables } from './gold.ts';
import { bronzeAging, silverAging } from './lifecycle.ts';
import { silverJobs, silverTables, silverTriggers } from './silver.ts';
import { bronze, bronzeGenres, tmdb } from './sync.ts';

/** Tally: which shows people talk about, day by day, from TMDB's lists and its own users' events to what became of them. */
export const tally = definePipeline('tally', {
  streams: userEvents.streams,
  gateways: userEvents.gateways,
  sources: { sync: tmdb },
  tables: { bronze, 'bronze-genres': bronzeGenres, ...silverTables, ...goldTables, ...userEvents.tables },
  deliveries: userEvents.deliveries,
  jobs: { ...silverJobs, ...goldJobs, ...userEvents.jobs },
  triggers: silverTriggers,
  workgroups: { 'tally-dev': workgroup({ results: 'query-results/' }) },
  queries: namedQueries(import.meta.dirname, 'queries'),
  schedules: { 'sync-daily': cron('0 3 * * ? *', run('sync')), ...userEvents.schedules },
  metrics: { ...syncMetrics, ...etlMetrics },
  alarms: { ...syncAlarms, ...etlAlarms },
  lifecycle: { 'bronze-aging': bronzeAging, 'silver-aging': silverAging },
});
