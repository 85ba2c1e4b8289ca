import {
  byHour,
  cron,
  definePipeline,
  defineRecord,
  delivery,
  every,
  field,
  json,
  minutes,
  run,
  seconds,
  sqlJob,
  stream,
  table,
  workgroup,
} from '../../src/index.ts';
import type { PipelineDefinition, Sections } from '../../src/pipeline/definition.ts';

/** A small, sound pipeline of no reference system; tests change what they are about. */
export const order = defineRecord('order', {
  fields: { order_id: field.string(), placed_at: field.timestamp(), amount: field.double() },
});

export const shopSections = {
  streams: { orders: stream({ topic: 'orders', record: order, key: 'order_id', partitions: 4 }) },
  tables: {
    landing: table({
      database: 'shop',
      name: 'orders_json',
      record: order,
      location: 'orders/',
      format: 'json',
      partitions: { year: 'int', month: 'int' },
    }),
    curated: table({ database: 'shop', name: 'orders', record: order, location: 'curated/orders/', format: 'parquet' }),
  },
  deliveries: {
    deliver: delivery({
      from: 'orders',
      table: 'landing',
      prefix: 'orders/year=!{timestamp:yyyy}/month=!{timestamp:MM}/',
      buffer: { interval: seconds(60) },
      format: json({ compression: 'gzip' }),
    }),
  },
  jobs: {
    curate: sqlJob({
      from: 'landing',
      into: 'curated',
      sql: { text: 'SELECT * FROM shop.orders_json', path: 'jobs/curate.sql' },
      incremental: byHour('placed_at'),
      unique: { key: ['order_id'] },
    }),
  },
  workgroups: { analysts: workgroup({ results: 'results/' }) },
  schedules: { nightly: cron('0 3 * * ? *', run('curate')), often: every(minutes(1), run('deliver')) },
} satisfies Sections;

export function shop(changes: Sections = {}, name = 'shop'): PipelineDefinition {
  return definePipeline(name, { ...shopSections, ...changes });
}
