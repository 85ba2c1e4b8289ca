import { PlayheadError } from '../base/errors.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import { type Addressed, resolveAddress } from '../pipeline/graph/address.ts';
import { recordJobs } from '../pipeline/graph/writers.ts';

/** The delivery that the address names; undefined where it names none, or there is no address. */
export function deliveryNamed(
  pipelines: readonly PipelineDefinition[],
  address: string | undefined,
): Addressed<'delivery'> | undefined {
  if (address === undefined) return undefined;
  const found = resolveAddress(pipelines, address, ['job', 'delivery']);
  return found.kind === 'delivery' ? found : undefined;
}

/** The job that the address names, or the only one that records go through. PH_USAGE where that leaves a choice, or none. */
export function recordJobNamed(
  pipelines: readonly PipelineDefinition[],
  address: string | undefined,
): Addressed<'job'> {
  const jobs = recordJobs(pipelines);
  if (address === undefined && jobs.length > 1)
    throw new PlayheadError('PH_USAGE', 'which job?', {
      hint: '`playhead quarantine` lists those that have records there.',
    });
  const job = address === undefined ? jobs[0] : resolveAddress(pipelines, address, ['job']);
  if (job === undefined) throw new PlayheadError('PH_USAGE', 'no job is defined');
  if (jobs.some((each) => each.address === job.address)) return job;
  throw new PlayheadError('PH_USAGE', `${job.address} sets nothing aside: it makes its table anew from another job's`, {
    hint: 'A record that is wrong in it was let through by the job before.',
  });
}
