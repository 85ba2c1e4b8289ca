import { isPlayheadError, PlayheadError } from '../../base/errors.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { CrawlReport } from '../../catalog/crawler/report.ts';
import type { Holder } from '../../commit/holder.ts';
import type { DeliverySummary } from '../../delivery/delivery.ts';
import type { DeliveryCommit } from '../../delivery/plan.ts';
import {
  createRunner,
  type RunContext,
  type RunHandler,
  type RunHandlers,
  type Runner,
  type RunProgress,
  type RunRequest,
} from '../../orchestrate/runner.ts';
import type { RunKind } from '../../orchestrate/runs.ts';
import type { Engine } from '../engine/bind.ts';
import { type Addressed, resolveAddress } from '../graph/address.ts';
import { deliverySubject } from '../graph/delivery-subject.ts';
import { type JobRunner, runDownstream } from './run-downstream.ts';
import type { JobOutput } from './run-job.ts';
import type { LifecycleOutput } from './run-lifecycle.ts';
import { tellingLineage } from './run-lineage.ts';
import type { SourceOutput } from './source-output.ts';
import { isWaiting, type Trigger, triggeredBy, waitingFor } from './triggers.ts';
import { writingMetrics } from './writing-metrics.ts';

/** What a run of each kind says at its end. */
export interface RunOutputs {
  source: SourceOutput;
  delivery: DeliverySummary;
  crawler: CrawlReport;
  job: JobOutput;
  lifecycle: LifecycleOutput;
}

/** A target of one kind, to be run by its address. */
export interface KindRequest<K extends RunKind> extends RunRequest {
  readonly kind: K;
}

/** Runs a target, records the run, and resolves with what its kind says. */
export type EngineRunner = <K extends RunKind>(
  request: KindRequest<K>,
  signal: AbortSignal,
  onProgress?: (progress: RunProgress) => void,
) => Promise<RunOutputs[K]>;

type Handlers = {
  readonly [K in RunKind]: (
    engine: Engine,
    entry: Addressed<K>,
    request: RunRequest,
    context: RunContext,
  ) => Promise<RunOutputs[K]>;
};

/** What running each kind means. Each loads its room when it is run: a crawl needs no simulator. */
const handlers: Handlers = {
  source: async (...call) => (await import('./run-source.ts')).runSourceOf(...call),
  delivery: async (engine, entry, request, { signal, log, progress }) => {
    const [{ deliveryOf }, { trimAndLog, trimHourly }] = await Promise.all([
      import('../engine/delivery-of.ts'),
      import('./trim-delivered.ts'),
    ]);
    const delivery = await deliveryOf(engine, entry);
    const live = request.arguments['live'] === true;
    let records = 0;
    const options = {
      signal,
      onCommit: (commit: DeliveryCommit) => {
        if (commit.kind === 'flushes') for (const { logged } of commit.account) records += logged;
        progress({ records });
      },
      onHeld: ({ name, pid }: Holder) => {
        const what = live ? 'to share its lanes' : 'stop that process, or leave the work to it and end this call';
        log.log('warn', `waiting for ${name} (process ${pid}), which delivers ${entry.address} now: ${what}`);
      },
      onStandingBy: ({ name, pid }: Holder) => {
        const lanes = `every lane of ${entry.address} has its worker, and this one takes over where one goes`;
        const more = 'with more lanes, more processes deliver it';
        log.log('warn', `standing by for ${name} (process ${pid}): ${lanes}; ${more}`);
      },
    };
    const { topic } = deliverySubject(engine.pipelines, entry).stream;
    const summary = await (live
      ? beside(
          signal,
          (ended) => trimHourly(engine, topic, ended, log),
          () => delivery.run(options),
        )
      : delivery.drain(options));
    log.log('info', 'delivered', { ...summary });
    await trimAndLog(engine, topic, log);
    return summary;
  },
  crawler: async (engine, { address, definition }, _, { log }) => {
    const { crawl } = await import('../../catalog/crawler/crawl.ts');
    const ports = { lake: await engine.lake(), catalog: await engine.catalog(), duck: await engine.duck() };
    const report = await crawl({ ...definition, name: address }, ports, engine.effects);
    log.log('info', 'crawled', { objects: report.objects.found, tables: report.tables.length });
    // Tables that are only declared so far have nothing that could be missing.
    if (report.nothingRead && (await hasObjects(ports.catalog, definition.database, report.tables))) {
      throw new PlayheadError('PH_NOTHING_READ', `${address} found no object under ${definition.path}`, {
        hint: '`playhead doctor` says which link before it is silent.',
        details: { report },
      });
    }
    return report;
  },
  job: async (...call) => (await import('./run-job.ts')).runJobOf(...call),
  lifecycle: async (engine, entry, _, { log }) => {
    const output = await (await import('./run-lifecycle.ts')).runLifecycleOf(engine, entry);
    const { expired, moved, versions, keptBack, logLines } = output;
    log.log('info', 'aged', { expired: expired.length, moved: moved.length, versions, logLines });
    for (const { why, objects } of keptBack) log.log('warn', `kept back: ${why}`, { objects });
    return output;
  },
};

/** Runs `work` with a `companion` that ends with it. */
async function beside<T>(
  signal: AbortSignal,
  companion: (ended: AbortSignal) => Promise<void>,
  work: () => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const [done] = await Promise.all([
    work().finally(() => ended.abort()),
    companion(AbortSignal.any([signal, ended.signal])),
  ]);
  return done;
}

async function hasObjects(catalog: Catalog, database: string, tables: readonly { name: string }[]): Promise<boolean> {
  for (const { name } of tables) {
    if ((await catalog.objects(database, name)).length > 0) return true;
  }
  return false;
}

/** A runner of everything that the engine's definitions can run; every run is recorded in the home. */
export async function engineRunner(engine: Engine): Promise<EngineRunner> {
  const dispatch =
    <K extends RunKind>(kind: K): RunHandler =>
    async (request, context) => {
      const entry = resolveAddress(engine.pipelines, request.address, [kind]);
      const output: object = await handlers[kind](engine, entry, request, context);
      return { ...output };
    };
  const byKind: RunHandlers = {
    source: dispatch('source'),
    delivery: dispatch('delivery'),
    crawler: dispatch('crawler'),
    job: dispatch('job'),
    lifecycle: dispatch('lifecycle'),
  };
  await engine.keeper.keep();
  const recorded = createRunner(await engine.runs(), byKind, engine.effects);
  const measured = tellingLineage(engine, engine.instrumentation.runner(recorded));
  const run: Runner = (request, signal, onProgress) =>
    writingMetrics(engine, async () => {
      // A job's handler gives what a run of a job says, and the runner hands it on.
      const follow = run as unknown as JobRunner;
      const triggers = request.kind === 'job' ? [] : triggeredBy(engine.pipelines, request.address);
      const pull = ({ address, job }: Trigger): Promise<unknown> =>
        follow({ address: job, kind: 'job', trigger: address, arguments: {} }, signal);
      const output = await measured(request, signal, onProgress).catch(async (failure: unknown) => {
        // What it committed before it failed has arrived all the same; a job that fails then has told its own run.
        for (const trigger of triggers)
          if (!signal.aborted && isWaiting(await waitingFor(engine, trigger))) await pull(trigger).catch(() => {});
        if (request.kind === 'job' && isPlayheadError(failure, 'PH_CHECK_FAILED'))
          await runDownstream(engine.pipelines, request.address, follow, signal).catch(() => {});
        throw failure;
      });
      if (request.kind !== 'job') {
        for (const trigger of triggers) await pull(trigger);
        return output;
      }
      return { ...output, downstream: await runDownstream(engine.pipelines, request.address, follow, signal) };
    });
  // The kind of the request picks the handler, and with it the output: a pairing that the compiler cannot follow.
  return run as EngineRunner;
}
