import type { RecordType } from '../../record/type.ts';
import { tableRead } from '../../transform/records-in-row.ts';
import type { PipelineDefinition } from '../definition.ts';
import { type Addressed, resolveAddress } from './address.ts';
import { isDerived } from './writers.ts';

/** The table that a job reads, with the record type by which it reads it. */
export function inputOf(
  pipelines: readonly PipelineDefinition[],
  { definition, pipeline }: Pick<Addressed<'job'>, 'definition' | 'pipeline'>,
): Addressed<'table'> {
  const from = resolveAddress(pipelines, definition.from, ['table'], pipeline);
  return { ...from, definition: tableRead(from.definition, definition.each) };
}

/** The record type that the job's checks of rows judge: what it reads, or what it makes of another job's table. */
export function judgedRecord(pipelines: readonly PipelineDefinition[], job: Addressed<'job'>): RecordType {
  const { definition, pipeline } = job;
  const judged = isDerived(pipelines, job)
    ? resolveAddress(pipelines, definition.into, ['table'], pipeline)
    : inputOf(pipelines, job);
  return judged.definition.record;
}
