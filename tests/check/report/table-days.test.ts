import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dayColumns, dayCondition, dayOf, volumeByDay } from '../../../src/check/report/table-days.ts';

const hourly = { year: 'int', month: 'int', day: 'int', hour: 'int' } as const;
const object = (rows: number, ...partition: string[]) => ({
  key: partition.join('/'),
  etag: '"x"',
  rows,
  sizeBytes: rows * 10,
  partition,
  series: 's',
  commit: 0,
});

describe('days of a table', () => {
  it("are told by the partitions' order and types, whatever their names", () => {
    assert.deepEqual(dayColumns({ partitions: hourly }), { day: ['year', 'month', 'day'], hour: 'hour' });
    assert.deepEqual(dayColumns({ partitions: { event_year: 'int', event_month: 'int', event_day: 'int' } }), {
      day: ['event_year', 'event_month', 'event_day'],
    });
    assert.deepEqual(dayColumns({ partitions: { dt: 'date' } }), { day: ['dt'] });
    assert.equal(dayColumns({ partitions: { country: 'string', year: 'int' } }), undefined);
    assert.equal(dayColumns({ partitions: { year: 'int', month: 'int' } }), undefined);
  });

  it('are written in paths with or without leading zeros', () => {
    const columns = { day: ['year', 'month', 'day'], hour: 'hour' };
    assert.equal(dayOf(['2025', '8', '1', '6'], columns), '2025-08-01');
    assert.equal(dayOf(['2025', '08', '01', '06'], columns), '2025-08-01');
    assert.equal(dayOf(['__HIVE_DEFAULT_PARTITION__', '8', '1'], columns), undefined);
    assert.equal(dayCondition('2025-08-01', columns), '"year" = 2025 AND "month" = 8 AND "day" = 1');
    assert.equal(dayCondition('2025-08-01', { day: ['dt'] }), `"dt" = DATE '2025-08-01'`);
  });

  it('hold their rows by hour, in the order of the days', () => {
    const objects = [
      object(5, '2025', '08', '12', '00'),
      object(2, '2025', '08', '11', '09'),
      object(3, '2025', '08', '11', '09'),
    ];
    const days = volumeByDay(objects, { day: ['year', 'month', 'day'], hour: 'hour' });
    assert.deepEqual([...days.keys()], ['2025-08-11', '2025-08-12']);
    assert.deepEqual(days.get('2025-08-11'), { rows: 5, sizeBytes: 50, objects: 2, hours: new Map([[9, 5]]) });
  });
});
