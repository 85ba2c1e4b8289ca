import { alarm, metric, minutes } from '../../src/index.ts';
import { environment } from './sync.ts';

/** Records of one list that a sync took. */
function ingested(name: string, dataType: string) {
  return metric({
    namespace: 'Tally/DataPipeline',
    name,
    dimensions: { Environment: environment, DataType: dataType },
    measure: 'source.records',
    of: `sync/${dataType}`,
  });
}

export const syncMetrics = {
  'popular-shows-count': ingested('PopularShowsCount', 'popular_shows'),
  'trending-shows-count': ingested('TrendingShowsCount', 'trending_shows'),
  'airing-today-count': ingested('AiringTodayCount', 'airing_today'),
  'total-shows-ingested': metric({
    namespace: 'Tally/DataPipeline',
    name: 'TotalShowsIngested',
    dimensions: { Environment: environment },
    measure: 'source.records',
    of: 'sync/bronze',
  }),
  'sync-errors': failures('tally-data-sync', 'sync'),
};

/** What became of the records that silver is made from. */
function refined<M extends 'job.pass-rate' | 'job.processed' | 'job.refused'>(name: string, measure: M) {
  const dimensions = { Environment: environment };
  return metric({ namespace: 'Tally/DataQuality', name, dimensions, measure, of: 'silver' });
}

export const etlMetrics = {
  'data-quality-pass-rate': refined('DataQualityPassRate', 'job.pass-rate'),
  'records-processed': refined('RecordsProcessed', 'job.processed'),
  'records-failed': refined('RecordsFailed', 'job.refused'),
  'etl-errors': failures('tally-etl', 'silver'),
};

/** What the gateway of user events did with what it was sent. */
function received<M extends 'gateway.accepted' | 'gateway.refused' | 'gateway.failures'>(name: string, measure: M) {
  const dimensions = { Environment: environment };
  return metric({ namespace: 'Tally/Events', name, dimensions, measure, of: 'events-gateway' });
}

export const eventMetrics = {
  'events-accepted': received('EventsAccepted', 'gateway.accepted'),
  'events-refused': received('EventsRefused', 'gateway.refused'),
  'gateway-failures': received('GatewayFailures', 'gateway.failures'),
};

/** Who is told, bound to a backend by the profile. */
const actions = { alarmActions: ['tally-pipeline-alerts'], okActions: ['tally-pipeline-alerts'] };

/** Runs of one function that failed. */
function failures(functionName: string, of: string) {
  const dimensions = { FunctionName: `${functionName}-${environment}` };
  return metric({ namespace: 'AWS/Lambda', name: 'Errors', dimensions, measure: 'run.failures', of });
}

/** So many failures within five minutes. A period in which nothing ran is no fault. */
function failureAlarm(name: string, ofMetric: string, threshold: number, what = 'run') {
  return alarm({
    name,
    description: `${threshold === 1 ? `a failed ${what}` : `${threshold} failed ${what}s or more`} in five minutes`,
    metric: ofMetric,
    statistic: 'Sum',
    period: minutes(5),
    comparisonOperator: 'GreaterThanOrEqualToThreshold',
    threshold,
    evaluationPeriods: 1,
    treatMissingData: 'notBreaching',
    ...actions,
  });
}

export const syncAlarms = { 'sync-errors-alarm': failureAlarm('tally-data-sync-errors', 'sync-errors', 1) };

export const etlAlarms = { 'etl-errors-alarm': failureAlarm('tally-etl-errors', 'etl-errors', 3) };

export const eventAlarms = {
  'gateway-failures-alarm': failureAlarm('tally-gateway-failures', 'gateway-failures', 1, 'request'),
};
