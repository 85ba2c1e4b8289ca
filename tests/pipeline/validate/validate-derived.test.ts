import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { byHour, check, sqlJob, table } from '../../../src/index.ts';
import { pipelineProblems } from '../../../src/pipeline/validate/validate.ts';
import { order, shop, shopSections } from '../shop.ts';
import { type Case, reportsEach } from './validate-cases.ts';

const curated = {
  database: 'shop',
  name: 'orders',
  record: order,
  location: 'curated/orders/',
  format: 'parquet',
} as const;
const daily = { ...curated, name: 'daily', location: 'daily/' };
const derivedTables = { ...shopSections.tables, daily: table(daily) };
const jobSettings = { from: 'landing', into: 'curated', sql: { text: 'SELECT 1', path: 'jobs/curate.sql' } };
const derivedSettings = { ...jobSettings, from: 'curated', into: 'daily' };

const cases: readonly Case[] = [
  ...(
    [
      ['by hours', { incremental: byHour('placed_at') }, 'incremental'],
      ['with a unique key', { unique: { key: ['order_id'] } }, 'unique'],
    ] as const
  ).map(
    ([how, settings, path]): Case => [
      `a job over the table of another job, ${how}`,
      { tables: derivedTables, jobs: { ...shopSections.jobs, total: sqlJob({ ...derivedSettings, ...settings }) } },
      `jobs.total.${path}`,
      /is not for a job that reads another job's table: a partition is made anew from whole partitions/,
    ],
  ),
  [
    'a job over the table of another job, into partitions that do not follow from it',
    {
      tables: { ...derivedTables, daily: table({ ...daily, partitions: { day: 'int' } }) },
      jobs: { ...shopSections.jobs, total: sqlJob(derivedSettings) },
    },
    'jobs.total.into',
    /shop\.daily: its partition column "day" does not follow from those of the table that the job reads, which has none/,
  ],
  [
    'a job that reads days before into a table without days',
    {
      tables: derivedTables,
      jobs: { ...shopSections.jobs, total: sqlJob({ ...derivedSettings, daysBefore: 7 }) },
    },
    'jobs.total.daysBefore',
    /is for a table whose partitions are days, and its are by nothing/,
  ],
  [
    'a job that looks up what is made of its own table',
    {
      tables: { ...derivedTables, best: table({ ...daily, name: 'best', location: 'best/' }) },
      jobs: {
        ...shopSections.jobs,
        total: sqlJob({ ...derivedSettings, lookUps: ['best'] }),
        choose: sqlJob({ ...derivedSettings, from: 'daily', into: 'best' }),
      },
    },
    'jobs.total.lookUps[0]',
    /shop\.best is made of what shop\.total writes: each would run after the other/,
  ],
  [
    "a check of rows that quarantines what a job makes of another job's table",
    {
      tables: derivedTables,
      jobs: { ...shopSections.jobs, total: sqlJob({ ...derivedSettings, checks: [check.notNull('amount')] }) },
    },
    'jobs.total.checks[0].severity',
    /nobody's to send again: fail or warn/,
  ],
  [
    'a job that aggregates what a delivery wrote',
    { jobs: { curate: sqlJob({ ...jobSettings, rows: 'aggregate' }) } },
    'jobs.curate.rows',
    /each record of a delivery is accounted for/,
  ],
];

describe("validation of a job over another job's table", () => {
  it('finds nothing wrong with a sound one', () => {
    const sound = {
      tables: derivedTables,
      jobs: { ...shopSections.jobs, total: sqlJob({ ...derivedSettings, rows: 'aggregate' }) },
    };
    assert.deepEqual(pipelineProblems([shop(sound)]), []);
  });

  reportsEach(cases);

  it('reports a table with the name of what a delivery or a job sets aside, and a derived job sets nothing aside', () => {
    const named = (name: string) => [
      `${name}_aside`,
      table({ ...curated, name: `${name}_quarantine`, location: `${name}-aside/` }),
    ];
    const tables = { ...derivedTables, ...Object.fromEntries(['orders_json', 'orders', 'daily'].map(named)) };
    const jobs = { ...shopSections.jobs, total: sqlJob({ ...derivedSettings, rows: 'aggregate' }) };
    assert.deepEqual(
      pipelineProblems([shop({ tables, jobs })]).map(({ path, message }) => `${path}: ${message}`),
      [
        ['orders_json', 'deliver'],
        ['orders', 'curate'],
      ].map(
        ([name, by]) =>
          `tables.${name}_aside.name: shop.${name}_quarantine is the table of what shop.${by} sets aside: give this one another name`,
      ),
    );
  });
});
