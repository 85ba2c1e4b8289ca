import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isPlayheadError } from '../../../src/base/errors.ts';
import { crawler, delivery, every, minutes, parquet, run, sqlJob, stream, table } from '../../../src/index.ts';
import type { PipelineDefinition } from '../../../src/pipeline/definition.ts';
import { assertValid, pipelineProblems } from '../../../src/pipeline/validate/validate.ts';
import { order, shop, shopSections } from '../shop.ts';
import {
  type Case,
  deliverySettings,
  jobSettings,
  reportsEach,
  streamSettings,
  tableSettings,
  untyped,
} from './validate-cases.ts';

const problemsOf = (...pipelines: readonly PipelineDefinition[]): string[] =>
  pipelineProblems(pipelines).map(({ path, message }) => `${path}: ${message}`);

const cases: readonly Case[] = [
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
    'a name that two kinds have',
    { crawlers: { landing: crawler({ path: 'orders/', database: 'shop' }) } },
    'crawlers.landing',
    /taken by tables.landing/,
  ],
];

describe('validation', () => {
  it('finds nothing wrong with a sound pipeline', () => {
    assert.deepEqual(problemsOf(shop()), []);
  });

  reportsEach(cases);

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
