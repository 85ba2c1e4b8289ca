import { formatBytes } from '../../base/units.ts';
import type { Row } from '../../insight/report/figure.ts';
import type { Part } from '../../insight/report/view.ts';
import { registeredObjects } from '../../pipeline/engine/registered-objects.ts';
import { addressed } from '../../pipeline/graph/address.ts';
import { tableName } from '../../pipeline/graph/table-names.ts';
import type { ReportScope } from './scope.ts';
import { dayColumns, dayOf, volumeOf } from './table-days.ts';

/** How much each table holds of the day, and at which hours. */
export async function volumePart({ engine, pipeline, day }: ReportScope): Promise<Part> {
  const tables: Row[] = [];
  const hours: Row[] = [];
  for (const entry of addressed([pipeline], 'table')) {
    const columns = dayColumns(entry.definition);
    const all = await registeredObjects(engine, entry);
    const isDated = day !== undefined && columns !== undefined;
    const volume = volumeOf(isDated ? all.filter(({ partition }) => dayOf(partition, columns) === day) : all, columns);
    const { rows, objects, sizeBytes } = volume;
    tables.push({
      table: tableName(entry),
      rows,
      objects,
      size: formatBytes(sizeBytes),
      of: isDated ? 'the day' : 'all time',
    });
    if (!isDated) continue;
    for (let hour = 0; hour < 24 && volume.hours.size > 0; hour += 1)
      hours.push({
        hour: `${day} ${String(hour).padStart(2, '0')}:00`,
        table: tableName(entry),
        rows: volume.hours.get(hour) ?? 0,
      });
  }
  const course = {
    panel: 'lines',
    title: 'Rows by hour',
    note: 'By the hour that their partition names.',
    x: 'hour',
    y: 'rows',
  } as const;
  return {
    title: 'Volume',
    text: 'What the tables hold, by the objects that their commits named.',
    blocks: [
      ...(hours.length === 0 ? [] : [{ view: { ...course, series: 'table' }, rows: hours }]),
      {
        view: {
          panel: 'table',
          title: 'Tables',
          note: '',
          columns: {
            table: { label: 'table' },
            rows: { label: 'rows' },
            objects: { label: 'objects' },
            size: { label: 'size' },
            of: { label: 'of' },
          },
        },
        rows: tables,
      },
    ],
  };
}
