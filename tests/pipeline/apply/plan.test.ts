import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defineRecord, delivery, field, stream, table, workgroup } from '../../../src/index.ts';
import { type Applied, appliedAfter } from '../../../src/pipeline/apply/applied.ts';
import { type Change, planChanges } from '../../../src/pipeline/apply/plan.ts';
import type { PipelineDefinition, Sections } from '../../../src/pipeline/definition.ts';
import { order, shop, shopSections } from '../shop.ts';

const grown = defineRecord('order', {
  version: 2,
  fields: { ...order.fields, coupon: { ...field.string(), optional: true } },
});
const broken = defineRecord('order', { version: 2, fields: { ...order.fields, amount: field.string() } });
const { orders } = shopSections.streams;
const { deliver } = shopSections.deliveries;

const applied = (...pipelines: readonly PipelineDefinition[]): Applied => ({ pipelines, removed: [] });

function changesTo(sections: Sections): readonly Change[] {
  return planChanges(applied(shop()), [shop(sections)]);
}

const incompatible: readonly (readonly [string, Sections, string, RegExp])[] = [
  ['fewer partitions', { streams: { orders: { ...orders, partitions: 2 } } }, 'shop.orders', /partitions: 4 → 2/],
  ['more partitions', { streams: { orders: { ...orders, partitions: 8 } } }, 'shop.orders', /partitions: 4 → 8/],
  [
    'another topic',
    { streams: { orders: { ...orders, topic: 'orders-2' } } },
    'shop.orders',
    /topic: orders → orders-2/,
  ],
  ['a compacted topic', { streams: { orders: { ...orders, cleanup: 'compact' } } }, 'shop.orders', /cleanup/],
  ['a record that breaks readers', { streams: { orders: { ...orders, record: broken } } }, 'shop.orders', /amount/],
  [
    'a moved prefix',
    { deliveries: { deliver: { ...deliver, prefix: 'orders/raw/year=!{timestamp:yyyy}/month=!{timestamp:MM}/' } } },
    'shop.deliver',
    /prefix: orders\/year= → orders\/raw\/year=/,
  ],
  [
    'another stream to deliver',
    {
      streams: { orders, others: stream({ topic: 'x', record: order }) },
      deliveries: { deliver: { ...deliver, from: 'others' } },
    },
    'shop.deliver',
    /from: orders → others/,
  ],
  [
    'other partitions of a table',
    { tables: { ...shopSections.tables, landing: { ...shopSections.tables.landing, partitions: { year: 'int' } } } },
    'shop.landing',
    /partitions: year int, month int → year int/,
  ],
  [
    'another location',
    { tables: { ...shopSections.tables, curated: { ...shopSections.tables.curated, location: 'elsewhere/' } } },
    'shop.curated',
    /location/,
  ],
  [
    'a name that was of another kind',
    { jobs: {}, workgroups: { ...shopSections.workgroups, curate: workgroup() } },
    'shop.curate',
    /was a job, is a workgroup/,
  ],
];

describe('plan', () => {
  it('has nothing to say of definitions that are applied', () => {
    assert.deepEqual(planChanges(applied(shop()), [shop()]), []);
    const read = JSON.parse(JSON.stringify(shop())) as PipelineDefinition;
    assert.deepEqual(planChanges(applied(read), [shop()]), []);
  });

  it('calls everything new in an empty home', () => {
    const changes = planChanges(applied(), [shop()]);
    assert.equal(changes.length, 8);
    assert.ok(changes.every(({ change }) => change === 'new'));
  });

  for (const [what, sections, address, reason] of incompatible) {
    it(`refuses ${what}, with the reason and what to do`, () => {
      const change = changesTo(sections).find((each) => each.address === address);
      assert.equal(change?.change, 'incompatible');
      assert.match(change?.what.join('\n') ?? '', reason);
      assert.match(change?.hint ?? '', /another name/);
    });
  }

  it('takes another retention, other buffers and an optional field for altered, and says what differs', () => {
    const changes = changesTo({
      streams: { orders: { ...orders, retentionMs: 5, record: grown } },
      deliveries: { deliver: delivery({ ...deliverySettings(), buffer: { size: 1024 } }) },
    });
    assert.deepEqual(
      changes.map(({ address, change }) => [address, change]),
      [
        ['shop.orders', 'altered'],
        ['shop.deliver', 'altered'],
      ],
    );
    assert.deepEqual(changes[0]?.what.slice(-1), [`retentionMs: ${orders.retentionMs} → 5`]);
    assert.ok(changes[1]?.what.includes('buffer.sizeBytes: 5242880 → 1024'));
  });

  it('names what was removed, and passes over pipelines that are not loaded', () => {
    assert.deepEqual(planChanges(applied(shop(), shop({}, 'outlet')), [shop({ schedules: {} })]), [
      { address: 'shop.nightly', kind: 'schedule', change: 'removed', what: [] },
      { address: 'shop.often', kind: 'schedule', change: 'removed', what: [] },
    ]);
  });

  it('remembers what was removed, so that it cannot come back over another stream', () => {
    const streams = { orders, others: stream({ topic: 'x', record: order }) };
    const before = appliedAfter(applied(), [shop({ streams })]);
    const without = shop({ streams, deliveries: {}, schedules: {} });
    const removed = appliedAfter(appliedAfter(before, [without]), [without]);
    assert.deepEqual(planChanges(removed, [shop({ streams, schedules: {} })]), [
      { address: 'shop.deliver', kind: 'delivery', change: 'new', what: [] },
    ]);
    const moved = shop({ streams, deliveries: { deliver: { ...deliver, from: 'others' } }, schedules: {} });
    const [change] = planChanges(removed, [moved]);
    assert.equal(change?.change, 'incompatible');
    assert.match(change?.what.join('\n') ?? '', /was removed, .*\nfrom: orders → others/);
    const back = appliedAfter(removed, [shop({ streams })]);
    assert.deepEqual([back.pipelines.length, back.removed], [1, []]);
    assert.equal(appliedAfter(removed, [shop({}, 'outlet')]).removed.length, 1, 'another config forgets nothing');
  });

  it('sees a table that was renamed as a change of its name, not as another table', () => {
    const renamed = table({ ...tableSettings(), name: 'orders_raw' });
    const [change] = changesTo({ tables: { ...shopSections.tables, landing: renamed } });
    assert.deepEqual(change?.what, ['name: orders_json → orders_raw: queries name the table by it']);
  });
});

function deliverySettings() {
  const { from, prefix } = deliver;
  return { from, prefix, table: 'landing', format: deliver.output };
}

function tableSettings() {
  const { kind: _, ...settings } = shopSections.tables.landing;
  return { ...settings, partitions: { year: 'int', month: 'int' } as const };
}
