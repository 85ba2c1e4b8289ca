// Long because it is one table: what can be wrong with a pipeline, and what is said of it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPlayheadError } from '../../src/base/errors.ts';
import {
  alarm,
  byHour,
  crawler,
  defineRecord,
  delivery,
  every,
  field,
  gateway,
  metric,
  minutes,
  onCreated,
  parquet,
  run,
  seedTable,
  sqlJob,
  stream,
  table,
} from '../../src/index.ts';
import type { PipelineDefinition, Sections } from '../../src/pipeline/definition.ts';
import { assertValid, pipelineProblems } from '../../src/pipeline/validate.ts';
import { order, shop, shopSections } from './shop.ts';

const problemsOf = (...pipelines: readonly PipelineDefinition[]): string[] =>
  pipelineProblems(pipelines).map(({ path, message }) => `${path}: ${message}`);

const numbered = defineRecord('numbered', { fields: { order_id: field.string(), number: field.int() } });

/** What a user without the compiler can write. */
const untyped = <T>(value: unknown): T => value as T;

const failures = { namespace: 'Shop', name: 'Errors', measure: 'run.failures', of: 'curate' } as const;
const puts = { namespace: 'Shop', name: 'Puts', measure: 'store.requests', of: 'put' } as const;
const alarmed = { metrics: { failures: metric(failures), puts: metric(puts) } };
const failing = {
  name: 'Shop-Failing',
  metric: 'failures',
  statistic: 'Sum',
  period: minutes(5),
  comparisonOperator: 'GreaterThanOrEqualToThreshold',
  threshold: 1,
  evaluationPeriods: 2,
} as const;

/** What is wrong → the changed sections, the path of the problem, and what its message must say. */
const cases: readonly (readonly [string, Sections, string, RegExp])[] = [
  [
    'a misspelled setting of a builder',
    { streams: { orders: stream(untyped({ ...streamSettings(), retension: 5 })) } },
    'streams.orders.retension',
    /Did you mean "retention"/,
  ],
  [
    'a misspelled setting within a setting',
    { deliveries: { deliver: delivery(untyped({ ...deliverySettings(), buffer: { sise: 5 } })) } },
    'deliveries.deliver.buffer.sise',
    /Did you mean "buffer.size"/,
  ],
  [
    'a misspelled setting of a table',
    { tables: { ...shopSections.tables, landing: table(untyped({ ...tableSettings(), locaton: 'x/' })) } },
    'tables.landing.locaton',
    /Did you mean "location"/,
  ],
  [
    'a layout that lacks a partition column',
    { tables: { ...shopSections.tables, landing: table({ ...tableSettings(), layout: '{year}/' }) } },
    'tables.landing.layout',
    /one folder for each partition column, in their order, each with its value in braces, as year=\{year\}\/month=\{month\}\//,
  ],
  [
    'a delivery into a table with a layout of its own',
    { tables: { ...shopSections.tables, landing: table({ ...tableSettings(), layout: '{year}/month={month}/' }) } },
    'deliveries.deliver.table',
    /has a layout of its own, and a delivery writes Hive's/,
  ],
  [
    'a gateway into something that is no stream',
    { gateways: { door: gateway({ into: 'landing' }) } },
    'gateways.door.into',
    /"shop\.landing" is a table, not a stream/,
  ],
  [
    'two gateways into one stream',
    { gateways: { door: gateway({ into: 'orders' }), gate: gateway({ into: 'shop.orders' }) } },
    'gateways.gate.into',
    /belongs to shop\.door already/,
  ],
  [
    'a gateway that remembers requests for longer than their records are kept',
    { gateways: { door: gateway({ into: 'orders', idempotency: 1e12 }) } },
    'gateways.door.idempotencyMs',
    /longer than shop\.orders keeps/,
  ],
  [
    'a gateway for pages of every origin',
    { gateways: { door: gateway({ into: 'orders', cors: ['*'] }) } },
    'gateways.door.cors[0]',
    /an origin as https/,
  ],
  [
    'a trigger of a table that its job does not read',
    { triggers: { early: onCreated({ table: 'curated', run: run('curate') }) } },
    'triggers.early.target.run',
    /shop\.curate reads shop\.landing, not shop\.curated/,
  ],
  [
    'records in a field that holds none',
    { jobs: { curate: sqlJob({ ...jobSettings(), each: { of: 'amount' } }) } },
    'jobs.curate.each.of',
    /"amount" is no list of structs in the record order/,
  ],
  [
    'an alarm whose metric does not exist',
    { ...alarmed, alarms: { failing: alarm({ ...failing, metric: 'errors' }) } },
    'alarms.failing.metric',
    /no metric is called "errors"\. There are: shop\.failures, shop\.puts/,
  ],
  [
    'a measure that the engine does not take',
    { metrics: { failures: metric(untyped({ ...failures, measure: 'run.failure' })) } },
    'metrics.failures.measure',
    /Did you mean "run\.failures"/,
  ],
  [
    'a metric of something that has no such measure',
    { metrics: { failures: metric({ ...failures, of: 'orders' }) } },
    'metrics.failures.of',
    /"shop\.orders" is a stream, not a source, delivery, crawler, job or lifecycle/,
  ],
  [
    'a metric of an operation that the store does not have',
    { metrics: { puts: metric({ ...puts, of: 'putt' }) } },
    'metrics.puts.of',
    /the store has no operation "putt"\. Did you mean "put"/,
  ],
  [
    'a metric of a reason for which a gateway refuses nothing',
    {
      gateways: { door: gateway({ into: 'orders' }) },
      metrics: { refused: metric({ ...failures, measure: 'gateway.reasons', of: 'door/not_one_off' }) },
    },
    'metrics.refused.of',
    /shop\.door refuses nothing for "not_one_off"\. Did you mean "not_one_of"/,
  ],
  [
    'two alarms of one name',
    { ...alarmed, alarms: { failing: alarm(failing), again: alarm(failing) } },
    'alarms.again.name',
    /is the name of shop\.failing too/,
  ],
  [
    'an alarm that asks for more breaches than periods',
    { ...alarmed, alarms: { failing: alarm({ ...failing, datapointsToAlarm: 3 }) } },
    'alarms.failing.datapointsToAlarm',
    /3 of 2 periods can never breach/,
  ],
  [
    'an alarm with a statistic that there is not',
    { ...alarmed, alarms: { failing: alarm(untyped({ ...failing, statistic: 'p101' })) } },
    'alarms.failing.statistic',
    /expected SampleCount, Average, Sum, Minimum, Maximum, or a percentile as p99\.9/,
  ],
  [
    'an alarm with a period that CloudWatch does not have',
    { ...alarmed, alarms: { failing: alarm({ ...failing, period: 45_000 }) } },
    'alarms.failing.periodMs',
    /10, 20 or 30 seconds, or whole minutes/,
  ],
  [
    'an alarm over more than a day',
    { ...alarmed, alarms: { failing: alarm({ ...failing, evaluationPeriods: 289 }) } },
    'alarms.failing.evaluationPeriods',
    /longer than one day/,
  ],
  [
    'an alarm that looks back further than its periods are kept',
    { ...alarmed, alarms: { failing: alarm({ ...failing, period: 10_000, evaluationPeriods: 1440 }) } },
    'alarms.failing.evaluationPeriods',
    /periods of 10\.0 s are kept for 3 h/,
  ],
  [
    'an alarm without a threshold',
    { ...alarmed, alarms: { failing: alarm({ ...failing, threshold: Number.NaN }) } },
    'alarms.failing.threshold',
    /expected a number/,
  ],
  [
    'a cycle of jobs',
    {
      tables: {
        ...shopSections.tables,
        daily: table({ database: 'shop', name: 'daily', record: order, location: 'daily/', format: 'parquet' }),
        weekly: table({ database: 'shop', name: 'weekly', record: order, location: 'weekly/', format: 'parquet' }),
      },
      jobs: {
        up: sqlJob({ from: 'daily', into: 'weekly', sql: { text: 'SELECT * FROM shop.daily', path: 'up.sql' } }),
        down: sqlJob({ from: 'weekly', into: 'daily', sql: { text: 'SELECT * FROM shop.weekly', path: 'down.sql' } }),
      },
    },
    'jobs.up.into',
    /cycle of jobs: shop\.daily → shop\.up → shop\.weekly → shop\.down → shop\.daily/,
  ],
  ['a misspelled section', untyped({ streems: {} }), 'streems', /Did you mean "streams"/],
  [
    'a missing setting',
    { streams: { orders: stream(untyped({ record: order })) } },
    'streams.orders.topic',
    /missing: expected a topic name/,
  ],
  [
    'a definition in a wrong section',
    untyped({ streams: { ...shopSections.streams, late: shopSections.jobs.curate } }),
    'streams.late',
    /expected a stream, found a job; a job stands under "jobs"/,
  ],
  [
    'a misspelled address',
    { deliveries: { deliver: delivery({ ...deliverySettings(), from: 'ordes' }) } },
    'deliveries.deliver.from',
    /no stream is called "ordes"\. Did you mean "shop.orders"/,
  ],
  [
    'an address of a wrong kind',
    { schedules: { often: every(minutes(5), run('landing')) } },
    'schedules.often.target.run',
    /"shop.landing" is a table, not a source, delivery, crawler, job or lifecycle/,
  ],
  [
    'a typo in a prefix expression',
    { deliveries: { deliver: delivery({ ...deliverySettings(), prefix: 'orders/year=!{timstamp:yyyy}/month=1/' }) } },
    'deliveries.deliver.prefix',
    /timestamp/,
  ],
  [
    'a time pattern that Java does not know',
    { deliveries: { deliver: delivery({ ...deliverySettings(), prefix: 'orders/year=!{timestamp:jj}/month=1/' }) } },
    'deliveries.deliver.prefix',
    /j/,
  ],
  [
    'a prefix outside its table',
    { deliveries: { deliver: delivery({ ...deliverySettings(), prefix: 'order/year=!{timestamp:yyyy}/month=1/' }) } },
    'deliveries.deliver.prefix',
    /does not lie under orders\//,
  ],
  [
    'a prefix with other partitions than its table',
    { deliveries: { deliver: delivery({ ...deliverySettings(), prefix: 'orders/year=!{timestamp:yyyy}/day=1/' }) } },
    'deliveries.deliver.prefix',
    /has the partitions year, day, but the table shop.landing has year, month/,
  ],
  [
    'another format than its table reads',
    { deliveries: { deliver: delivery({ ...deliverySettings(), format: parquet() }) } },
    'deliveries.deliver.output.format',
    /parquet, but the table shop.landing reads json/,
  ],
  [
    'a time zone that is none',
    { deliveries: { deliver: delivery({ ...deliverySettings(), timezone: 'Europe/Atlantis' }) } },
    'deliveries.deliver.timezone',
    /Atlantis/,
  ],
  [
    'a compacted topic that is delivered',
    { streams: { orders: stream({ ...streamSettings(), cleanup: 'compact' }) } },
    'deliveries.deliver.from',
    /compacted/,
  ],
  [
    'a key that is no field',
    { streams: { orders: stream({ ...streamSettings(), key: 'orderid' }) } },
    'streams.orders.key',
    /no field "orderid"\. Did you mean "order_id"/,
  ],
  [
    'a unique key that is no field',
    { jobs: { curate: sqlJob({ ...jobSettings(), unique: { key: ['order_id', 'plcaed_at'] } }) } },
    'jobs.curate.unique.key[1]',
    /Did you mean "placed_at"/,
  ],
  [
    'an event time that is a number of no unit',
    { jobs: { curate: sqlJob({ ...jobSettings(), incremental: byHour('amount') }) } },
    'jobs.curate.incremental.field',
    /amount of the record order is double, not a time\. .*epoch/,
  ],
  [
    'a schedule that is none',
    { schedules: { nightly: { ...shopSections.schedules.nightly, expression: 'cron(0 3 * * * *)' } } },
    'schedules.nightly.expression',
    /Exactly one of the two must be \?/,
  ],
  [
    'an interval below zero',
    { schedules: { often: every(minutes(-1), run('deliver')) } },
    'schedules.often.expression',
    /not a rate: rate\(-1 minutes\)\. Write a whole number from 1/,
  ],
  [
    'an interval of half a minute',
    { schedules: { often: every(minutes(0.5), run('deliver')) } },
    'schedules.often.expression',
    /not a rate: rate\(0\.5 minutes\)/,
  ],
  [
    'a name that two kinds have',
    { crawlers: { landing: crawler({ path: 'orders/', database: 'shop' }) } },
    'crawlers.landing',
    /taken by tables.landing/,
  ],
  [
    'a table with two writers',
    { jobs: { curate: sqlJob({ ...jobSettings(), from: 'curated', into: 'landing' }) } },
    'jobs.curate.into',
    /the writing of shop.landing belongs to shop.deliver already/,
  ],
  [
    'a job that reads what it writes',
    { jobs: { curate: sqlJob({ ...jobSettings(), from: 'curated' }) } },
    'jobs.curate.into',
    /would read the table that it writes/,
  ],
  [
    'a unique key that only the target has',
    {
      tables: { ...shopSections.tables, curated: table({ ...curatedSettings(), record: numbered }) },
      jobs: { curate: sqlJob({ ...jobSettings(), unique: { key: ['number'] } }) },
    },
    'jobs.curate.unique.key[0]',
    /the record order has no field "number"/,
  ],
  [
    'a unique key that only the input has',
    {
      tables: { ...shopSections.tables, curated: table({ ...curatedSettings(), record: numbered }) },
      jobs: { curate: sqlJob({ ...jobSettings(), unique: { key: ['amount'] } }) },
    },
    'jobs.curate.unique.key[0]',
    /the record numbered has no field "amount"/,
  ],
  [
    'a reference table as of a day that is written wrong',
    {
      sources: {
        seed: seedTable({ into: 'curated', sql: { text: 'SELECT 1', path: 'x.sql' }, rows: 1, asOf: '11.8.2025' }),
      },
      jobs: {},
      schedules: {},
    },
    'sources.seed.asOf',
    /a date as 2025-08-11/,
  ],
];

function streamSettings() {
  return { topic: 'orders', record: order, key: 'order_id', partitions: 4 };
}
function tableSettings() {
  return {
    database: 'shop',
    name: 'orders_json',
    record: order,
    location: 'orders/',
    format: 'json' as const,
    partitions: { year: 'int' as const, month: 'int' as const },
  };
}
function curatedSettings() {
  return { database: 'shop', name: 'orders', record: order, location: 'curated/orders/', format: 'parquet' as const };
}
function deliverySettings() {
  return { from: 'orders', table: 'landing', prefix: 'orders/year=!{timestamp:yyyy}/month=!{timestamp:MM}/' };
}
function jobSettings() {
  return { from: 'landing', into: 'curated', sql: { text: 'SELECT 1', path: 'jobs/curate.sql' } };
}

describe('validation', () => {
  it('finds nothing wrong with a sound pipeline', () => {
    assert.deepEqual(problemsOf(shop()), []);
  });

  for (const [what, changes, path, message] of cases) {
    it(`reports ${what}, once, with its path`, () => {
      const problems = pipelineProblems([shop(changes)]);
      const own = problems.filter((problem) => problem.path === path);
      assert.equal(own.length, 1, `\n${problems.map((problem) => `${problem.path}: ${problem.message}`).join('\n')}`);
      assert.match(own[0]?.message ?? '', message);
    });
  }

  it('reports the problems of all definitions at once, misshapen ones and misspelled ones', () => {
    const changed = shop({
      streams: { orders: stream(untyped({ ...streamSettings(), partitions: 'four' })) },
      deliveries: { deliver: delivery({ ...deliverySettings(), timezone: 'Mars/Utopia' }) },
      schedules: { nightly: every(minutes(5), run('curat')) },
    });
    assert.deepEqual(
      pipelineProblems([changed]).map(({ path }) => path),
      ['streams.orders.partitions', 'deliveries.deliver.timezone', 'schedules.nightly.target.run'],
    );
  });

  it('reports a misspelled setting together with the addresses beside it, and nothing that follows from it', () => {
    const { table: landing, ...settings } = deliverySettings();
    const changed = shop({
      deliveries: { deliver: delivery(untyped({ ...settings, from: 'ordes', tabel: landing, format: parquet() })) },
      jobs: { curate: sqlJob(untyped({ ...jobSettings(), from: 'landin', uniqe: { key: ['order_id'] } })) },
    });
    assert.deepEqual(
      pipelineProblems([changed]).map(({ path }) => path),
      ['deliveries.deliver.tabel', 'jobs.curate.uniqe', 'deliveries.deliver.from', 'jobs.curate.from'],
    );
  });

  it('finds one topic in two pipelines', () => {
    const other = shop({ tables: {}, deliveries: {}, jobs: {}, schedules: {} }, 'outlet');
    assert.deepEqual(problemsOf(shop(), other), [
      'streams.orders.topic: the topic orders belongs to shop.orders already',
    ]);
  });

  it('throws one error that names the file of each problem', () => {
    const broken = shop({ schedules: { often: every(minutes(5), run('delivr')) } });
    assert.throws(
      () => assertValid([broken], new Map([['shop', 'pipelines/shop/index.ts']])),
      (error) =>
        isPlayheadError(error, 'PH_CONFIG_INVALID') &&
        /pipelines\/shop\/index\.ts\n {2}shop: schedules\.often\.target\.run: .*Did you mean "shop\.deliver"/.test(
          error.message,
        ),
    );
  });

  it('takes definitions that went through JSON for the same: they are pure data', () => {
    const written = untyped<PipelineDefinition>(JSON.parse(JSON.stringify(shop())));
    assert.deepEqual(written, shop());
    assert.deepEqual(problemsOf(written), []);
  });
});
