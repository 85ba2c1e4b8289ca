import { tableColumns } from '../../catalog/table-columns.ts';
import type { Part } from '../../insight/report/view.ts';
import { tableName } from '../../pipeline/graph/table-names.ts';
import type { ReportScope } from './scope.ts';
import { dayColumns, dayCondition } from './table-days.ts';

/** Types whose values have an order and a text. */
const scalars = /^(string|int|bigint|double|boolean|timestamp|date|decimal\(.*\))$/;

/** What stands in each column of the report's table: how often nothing, how many different values, the least and the greatest. */
export async function columnsPart({ table, day, ask }: ReportScope): Promise<Part> {
  const columns = tableColumns(table.definition).filter(({ type }) => scalars.test(type));
  const days = dayColumns(table.definition);
  const where = day === undefined || days === undefined ? '' : `\nWHERE ${dayCondition(day, days)}`;
  const items = columns.flatMap(({ name, type }, i) => {
    const column = `"${name}"`;
    const ordered = type === 'boolean' ? `CAST(${column} AS varchar)` : column;
    return [
      `count(${column}) AS present_${i}`,
      `approx_distinct(${column}) AS distinct_${i}`,
      `CAST(min(${ordered}) AS varchar) AS least_${i}`,
      `CAST(max(${ordered}) AS varchar) AS greatest_${i}`,
    ];
  });
  const [found = {}] = await ask(`SELECT count(*) AS total, ${items.join(', ')}\nFROM ${tableName(table)}${where}`);
  const total = Number(found['total'] ?? 0);
  const rows = columns.map(({ name, type }, i) => ({
    column: name,
    type,
    missing: total === 0 ? null : (100 * (total - Number(found[`present_${i}`] ?? 0))) / total,
    distinct: found[`distinct_${i}`] ?? null,
    least: found[`least_${i}`] ?? null,
    greatest: found[`greatest_${i}`] ?? null,
  }));
  return {
    title: 'Columns',
    text: `What stands in the ${total.toLocaleString('en-US')} rows of ${tableName(table)}.`,
    blocks: [
      {
        view: {
          panel: 'table',
          title: tableName(table),
          note: 'Distinct values are estimated, as approx_distinct does.',
          columns: {
            column: { label: 'column' },
            type: { label: 'type' },
            missing: { label: 'without a value', unit: '%' },
            distinct: { label: 'distinct' },
            least: { label: 'least' },
            greatest: { label: 'greatest' },
          },
        },
        rows,
      },
    ],
  };
}
