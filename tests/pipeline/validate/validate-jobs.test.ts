import { describe } from 'node:test';
import {
  byHour,
  defineRecord,
  every,
  field,
  minutes,
  onCreated,
  run,
  seedTable,
  sqlJob,
  table,
} from '../../../src/index.ts';
import { order, shopSections } from '../shop.ts';
import { type Case, curatedSettings, jobSettings, reportsEach } from './validate-cases.ts';

const numbered = defineRecord('numbered', { fields: { order_id: field.string(), number: field.int() } });

const cases: readonly Case[] = [
  [
    'a trigger of a table that its job does not read',
    { triggers: { early: onCreated({ table: 'curated', run: run('curate') }) } },
    'triggers.early.target.run',
    /shop\.curate reads shop\.landing, not shop\.curated/,
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

describe('validation of jobs and what starts them', () => reportsEach(cases));
