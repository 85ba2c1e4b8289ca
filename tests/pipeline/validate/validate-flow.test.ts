import { describe } from 'node:test';
import { delivery, gateway, parquet, sqlJob, stream, table } from '../../../src/index.ts';
import { shopSections } from '../shop.ts';
import {
  type Case,
  deliverySettings,
  jobSettings,
  reportsEach,
  streamSettings,
  tableSettings,
} from './validate-cases.ts';

const cases: readonly Case[] = [
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
    'records in a field that holds none',
    { jobs: { curate: sqlJob({ ...jobSettings(), each: { of: 'amount' } }) } },
    'jobs.curate.each.of',
    /"amount" is no list of structs in the record order/,
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
];

describe('validation of streams, gateways, deliveries and tables', () => reportsEach(cases));
