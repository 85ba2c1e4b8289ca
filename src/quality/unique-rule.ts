import { sqlIdentifier } from '../duck/duck.ts';
import type { TableCheck } from './definition.ts';
import { counted, hasKey, valuesText } from './faulty-rows.ts';
import type { Found } from './outcome.ts';
import { nearRows, type TableView } from './table-view.ts';

/**
 * Keys of which a row that the run made has another within reach of its partition, whatever else the run made: as many runs
 * would have found. A row without its key repeats none.
 */
export async function uniqueOutcome(
  { key, withinMs }: Extract<TableCheck, { kind: 'unique' }>,
  view: TableView,
): Promise<Found> {
  const columns = key.map(sqlIdentifier).join(', ');
  const { sql, reach } = await nearRows(view, withinMs);
  const repeated = `SELECT ${columns} FROM ${sql} WHERE ${hasKey(key)}
    GROUP BY ${columns} HAVING count(*) > 1 AND bool_or(_made)`;
  // Few keys are there twice anywhere: only of those it is looked up how far apart.
  const near = `SELECT ${columns}, _made, sum(_rows) OVER (PARTITION BY ${columns} ORDER BY _bucket
      RANGE BETWEEN ${reach} PRECEDING AND ${reach} FOLLOWING) AS _near
    FROM (SELECT ${columns}, _bucket, bool_or(_made) AS _made, count(*) AS _rows
      FROM ${sql} SEMI JOIN (${repeated}) USING (${columns}) GROUP BY ${columns}, _bucket)`;
  return counted(
    view.session,
    `SELECT ${valuesText(key)} || ': ' || max(_near) || ' rows' AS sample FROM (${near}) WHERE _made AND _near > 1 GROUP BY ${columns}`,
  );
}
