import { cron, definePipeline, run } from '../../src/index.ts';
import { syncAlarms, syncMetrics } from './alarms.ts';
import { bronzeAging } from './lifecycle.ts';
import { bronze, bronzeGenres, tmdb } from './sync.ts';

/** Tally: which shows people talk about, day by day, from TMDB's lists to what became of them. */
export const tally = definePipeline('tally', {
  sources: { sync: tmdb },
  tables: { bronze, 'bronze-genres': bronzeGenres },
  schedules: { 'sync-daily': cron('0 3 * * ? *', run('sync')) },
  metrics: syncMetrics,
  alarms: syncAlarms,
  lifecycle: { 'bronze-aging': bronzeAging },
});
