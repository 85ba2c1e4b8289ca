import { crawler, cron, definePipeline, namedQueries, run, workgroup } from '../../src/index.ts';
import { etlAlarms, etlMetrics, eventAlarms, eventMetrics, syncAlarms, syncMetrics } from './alarms.ts';
import { userEvents } from './events.ts';
import { goldJobs, goldTables } from './gold.ts';
import { aging } from './lifecycle.ts';
import { silverJobs, silverTables, silverTriggers } from './silver.ts';
import { bronze, bronzeGenres, tmdb } from './sync.ts';

/** Tally: which shows people talk about, day by day, from TMDB's lists and its own users' events to what became of them. */
export const tally = definePipeline('tally', {
  streams: userEvents.streams,
  gateways: userEvents.gateways,
  sources: { sync: tmdb },
  tables: { bronze, 'bronze-genres': bronzeGenres, ...silverTables, ...goldTables, ...userEvents.tables },
  deliveries: userEvents.deliveries,
  crawlers: { 'tally-silver-shows-crawler': crawler({ path: 'silver/shows/', database: 'tally_dev' }) },
  jobs: { ...silverJobs, ...goldJobs, ...userEvents.jobs },
  triggers: silverTriggers,
  workgroups: { 'tally-dev': workgroup({ results: 'query-results/' }) },
  queries: namedQueries(import.meta.dirname, 'queries'),
  schedules: {
    'sync-daily': cron('0 3 * * ? *', run('sync')),
    'crawl-silver': cron('0 5 * * ? *', run('tally-silver-shows-crawler')),
    'age-daily': cron('0 6 * * ? *', run('aging')),
    ...userEvents.schedules,
  },
  metrics: { ...syncMetrics, ...etlMetrics, ...eventMetrics },
  alarms: { ...syncAlarms, ...etlAlarms, ...eventAlarms },
  lifecycle: { aging },
});
