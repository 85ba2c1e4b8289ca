import type { RunContext, RunRequest } from '../../orchestrate/runner.ts';
import { untoldSinceMs } from '../../orchestrate/untold-since.ts';
import { brokenText, type CheckOutcome } from '../../quality/outcome.ts';
import type { BoundJob, JobPorts } from '../../transform/bound-job.ts';
import { type JobRun, runJob } from '../../transform/run-job.ts';
import { arrivalNowOf } from '../engine/arrival-now.ts';
import type { Engine } from '../engine/bind.ts';
import { type Addressed, addressed, resolveAddress } from '../graph/address.ts';
import { inputOf } from '../graph/job-tables.ts';
import { contributorsOf, isDerived } from '../graph/writers.ts';

/** A run of a job, and those of the jobs that read what it writes. */
export interface JobOutput extends JobRun {
  readonly downstream: readonly (JobRun & { readonly address: string })[];
}

/** A job with the tables that its addresses name. */
export async function boundJob(engine: Engine, entry: Addressed<'job'>): Promise<BoundJob> {
  const { address, definition, pipeline } = entry;
  const input = inputOf(engine.pipelines, entry);
  const series = await contributorsOf(engine.pipelines, input.address, input.definition, await engine.lake());
  return {
    name: address,
    definition,
    input: {
      table: input.definition,
      series,
      restates: isDerived(engine.pipelines, entry),
    },
    target: resolveAddress(engine.pipelines, definition.into, ['table'], pipeline).definition,
    lookUps: (definition.lookUps ?? []).map(
      (table) => resolveAddress(engine.pipelines, table, ['table'], pipeline).definition,
    ),
    references: Object.fromEntries(
      (definition.checks ?? []).flatMap((check) =>
        check.kind === 'reference'
          ? [[check.table, resolveAddress(engine.pipelines, check.table, ['table'], pipeline).definition]]
          : [],
      ),
    ),
  };
}

/** What a job works on, with the clock of the streams that feed it. */
export async function jobPorts(engine: Engine, entry: Addressed<'job'>): Promise<JobPorts> {
  const input = resolveAddress(engine.pipelines, entry.definition.from, ['table'], entry.pipeline);
  return {
    store: await engine.lake(),
    catalog: await engine.catalog(),
    duck: await engine.duck(),
    arrivalNow: () => arrivalNowOf(engine, input.address),
  };
}

/** Runs a job up to the newest commits of its input; those downstream of it are the runner's to run after it. */
export async function runJobOf(
  engine: Engine,
  entry: Addressed<'job'>,
  { trigger }: RunRequest,
  { signal, log }: RunContext,
): Promise<JobOutput> {
  const job = await boundJob(engine, entry);
  const ports = await jobPorts(engine, entry);
  // A run that finds another one at the job must not leave it, where something new is why it runs: that one may have looked
  // at its input already.
  const onHeld = ({ name }: { readonly name: string }): void => log.log('warn', `waiting for ${name}`);
  const waits =
    job.input.restates === true || addressed(engine.pipelines, 'trigger').some((each) => each.address === trigger);
  const runs = await engine.runs();
  const settings = {
    signal,
    untoldSinceMs: () => untoldSinceMs(runs, entry.address),
    ...(waits ? { wait: { onHeld } } : {}),
  };
  const run = await runJob(job, ports, engine.effects, settings);
  const { read, replayed, written, quarantined, deduplicated, partitions, restated, kept } = run;
  const figures = {
    read,
    ...(replayed === 0 ? {} : { replayed }),
    written,
    quarantined,
    deduplicated,
    partitions: partitions.length,
    restated: restated.map((values) => values.join('/')),
  };
  log.log('info', run.commits.length === 0 ? 'nothing new' : 'published', figures);
  for (const values of kept)
    log.log('warn', `left as it was, since part of what it was made from has expired: ${values.join('/')}`);
  for (const outcome of run.checks) {
    const { verdict, broken, samples, found } = outcome;
    // What could not judge is no warning: the run's record says it, and whoever shows the run, at its end.
    const level = verdict === 'broken' ? 'warn' : 'info';
    if (verdict !== 'passed')
      log.log(level, outcomeText(entry.address, outcome), { broken, samples, found: found ?? null });
  }
  return { ...run, downstream: [] };
}

function outcomeText(job: string, outcome: CheckOutcome): string {
  const { check, severity, verdict, found } = outcome;
  if (verdict !== 'broken') return `check ${check}: ${[verdict, ...(found === undefined ? [] : [found])].join(', ')}`;
  const said = `check ${check}: ${brokenText(outcome)}`;
  return severity === 'quarantine' ? `${said}, set aside: playhead quarantine show ${job}` : said;
}
