import type { PipelineDefinition } from '../definition.ts';
import { addressed, resolveAddress } from './address.ts';
import { tableName } from './table-names.ts';

/**
 * Landing table → the table that a one-to-one job makes of it: the same columns, typed and without duplicates, so that what
 * asks the one can ask the other. Of one pipeline, or of all.
 */
export function curatedNames(pipelines: readonly PipelineDefinition[], only?: string): ReadonlyMap<string, string> {
  const jobs = addressed(pipelines, 'job').filter(({ pipeline, definition: { rows, each } }) => {
    return rows !== 'aggregate' && each === undefined && (only === undefined || pipeline === only);
  });
  return new Map(
    jobs.map(({ definition: { from, into }, pipeline }) => {
      const name = (address: string): string => tableName(resolveAddress(pipelines, address, ['table'], pipeline));
      return [name(from), name(into)];
    }),
  );
}

/** The SQL of a named query, with each landing table's name replaced by its curated one's. */
export function onCurated(sql: string, names: ReadonlyMap<string, string>): string {
  let text = sql;
  for (const [landing, curated] of names) {
    text = text.replace(new RegExp(`\\b${landing.replace('.', '\\.')}\\b`, 'g'), curated);
  }
  return text;
}
