import type { RunRequest } from '../../orchestrate/runner.ts';
import type { PipelineDefinition } from '../definition.ts';
import { dependentsOf } from '../graph/writers.ts';
import type { JobOutput } from './run-job.ts';

/** Runs a job and all that is downstream of it. */
export type JobRunner = (request: RunRequest & { readonly kind: 'job' }, signal: AbortSignal) => Promise<JobOutput>;

/**
 * Brings everything downstream of a job up to date with what it wrote, each job once and after the one that it reads of, each
 * as a run of its own. Also where the job found nothing new: a process may have died between the two.
 */
export async function runDownstream(
  pipelines: readonly PipelineDefinition[],
  job: string,
  run: JobRunner,
  signal: AbortSignal,
): Promise<JobOutput['downstream']> {
  const done: JobOutput['downstream'][number][] = [];
  for (const { address } of dependentsOf(pipelines, job)) {
    const { downstream, ...own } = await run({ address, kind: 'job', trigger: job, arguments: {} }, signal);
    done.push({ address, ...own }, ...downstream);
  }
  return done;
}
