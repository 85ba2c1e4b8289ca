import type { PipelineDefinition } from '../definition.ts';
import { type Addressed, addressed } from './address.ts';

/** `database.table`, as queries name it. */
export function tableName({ definition }: Addressed<'table'>): string {
  return `${definition.database}.${definition.name}`;
}

/** Every table that goes by a name: its address, the name in it, as queries name it, or without the database. */
export function tablesNamed(pipelines: readonly PipelineDefinition[], name: string): readonly Addressed<'table'>[] {
  return addressed(pipelines, 'table').filter(
    (entry) =>
      entry.address === name || entry.name === name || tableName(entry) === name || entry.definition.name === name,
  );
}
