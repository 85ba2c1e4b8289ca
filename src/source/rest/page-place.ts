import type { TableDefinition } from '../../catalog/definition.ts';
import { partitionFolder } from '../../catalog/partition-layout.ts';
import type { RestSource } from './definition.ts';
import type { Execution } from './series.ts';
import { allFilled, filled, type TemplateValues } from './template.ts';

/** Where a page is kept, and what is added to it. */
export interface PagePlace {
  readonly key: string;
  readonly partition: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** Fills in what a source's templates say of page `number` (from 1) of an endpoint, received at `timeMs`. */
export function pagePlace(
  source: RestSource,
  table: TableDefinition,
  page: { readonly endpoint: string; readonly execution: Execution; readonly number: number; readonly timeMs: number },
): PagePlace {
  const engine: TemplateValues = {
    endpoint: page.endpoint,
    execution_id: page.execution.id,
    page: String(page.number),
    date: page.execution.date,
    time: new Date(page.timeMs).toISOString(),
  };
  const values = { ...engine, ...allFilled(source.values, engine) };
  const partition = Object.keys(table.partitions).map((key) => values[key] ?? '');
  const { first, further } = source.objectName;
  const folder = `${table.location}${partitionFolder(table, partition)}`;
  return {
    key: `${folder}${filled(page.number === 1 ? first : further, values)}`,
    partition,
    metadata: allFilled(source.metadata, values),
  };
}
