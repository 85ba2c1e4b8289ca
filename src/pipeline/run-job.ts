import type { RunContext, RunRequest } from '../orchestrate/runner.ts';
import { type BoundJob, type JobRun, runJob } from '../transform/run-job.ts';
import { type Addressed, resolveAddress } from './address.ts';
import type { Engine } from './bind.ts';
import { contributorsOf } from './writers.ts';

export type JobOutput = JobRun;

/** A job with the tables that its addresses name. */
export async function boundJob(engine: Engine, { address, definition, pipeline }: Addressed<'job'>): Promise<BoundJob> {
  const input = resolveAddress(engine.pipelines, definition.from, ['table'], pipeline);
  const series = await contributorsOf(engine.pipelines, input.address, input.definition, await engine.lake());
  return {
    name: address,
    definition,
    input: { table: input.definition, series },
    target: resolveAddress(engine.pipelines, definition.into, ['table'], pipeline).definition,
    references: Object.fromEntries(
      (definition.checks ?? []).flatMap((check) =>
        check.kind === 'reference'
          ? [[check.table, resolveAddress(engine.pipelines, check.table, ['table'], pipeline).definition]]
          : [],
      ),
    ),
  };
}

/** Runs a job up to the newest commits of its input. */
export async function runJobOf(
  engine: Engine,
  entry: Addressed<'job'>,
  _: RunRequest,
  { signal, log }: RunContext,
): Promise<JobOutput> {
  const job = await boundJob(engine, entry);
  const ports = { store: await engine.lake(), catalog: await engine.catalog(), duck: await engine.duck() };
  const run = await runJob(job, ports, engine.effects, { signal });
  const { read, written, quarantined, deduplicated, partitions, restated } = run;
  const figures = {
    read,
    written,
    quarantined,
    deduplicated,
    partitions: partitions.length,
    restated: restated.map((values) => values.join('/')),
  };
  log.log('info', run.commits.length === 0 ? 'nothing new' : 'published', figures);
  for (const { check, verdict, broken, samples, found } of run.checks)
    if (verdict !== 'passed') log.log('warn', `check ${check}: ${verdict}`, { broken, samples, found: found ?? null });
  return run;
}
