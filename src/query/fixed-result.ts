import type { Column } from '../catalog/catalog.ts';
import type { SqlValue } from '../sql/engine.ts';
import type { QueryResult, QuerySummary } from './settings.ts';

/** A result that is there already: of data definition, EXPLAIN, or a statement that only wrote. */
export function fixedResult(
  columns: readonly Column[],
  rows: readonly (readonly SqlValue[])[],
  elapsed: () => number,
  cost: Partial<QuerySummary> = {},
): QueryResult {
  return {
    columns,
    isText: columns.length === 1 && columns[0]?.type === 'string',
    pages: (async function* () {
      yield rows;
    })(),
    summary: async () => ({
      rows: rows.length,
      elapsedMs: elapsed(),
      bytesScanned: 0,
      hotBytes: 0,
      files: 0,
      partitions: { read: 0, of: 0 },
      mistyped: {},
      malformed: {},
      estimates: [],
      ...cost,
    }),
  };
}
