import type { PathFigures } from '../ledger/account.ts';
import type { DeepCheck } from '../ledger/verify-objects.ts';
import { addressed, resolveAddress } from '../pipeline/address.ts';
import type { Engine } from '../pipeline/bind.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import { tableName } from '../pipeline/table-facts.ts';
import { recordJobs, writerOf } from '../pipeline/writers.ts';
import { type RestAccount, restAccount } from '../source/rest/account.ts';
import { expiredOf } from './aged.ts';
import { lakeView } from './lake-view.ts';
import { jobStep } from './path-figures.ts';

/** A source that asks an API: what it took, and what became of it in the tables that jobs make of that. */
export interface RestLedger {
  readonly account: RestAccount;
  /** One for each job that reads a table of the source. */
  readonly paths: readonly PathFigures[];
}

/** The ledger of every source of a pipeline that asks an API. */
export async function restLedgers(
  engine: Engine,
  pipeline: PipelineDefinition,
  deep?: DeepCheck,
): Promise<readonly RestLedger[]> {
  const asking = addressed([pipeline], 'source').filter(({ definition }) => definition.source === 'rest');
  if (asking.length === 0) return [];
  // The end of the way first: what moves meanwhile is on the way, and nothing that nobody took.
  const view = await lakeView(engine, pipeline, deep);
  const jobs = recordJobs(engine.pipelines, [pipeline]).map((job) => {
    const from = resolveAddress(engine.pipelines, job.definition.from, ['table'], job.pipeline);
    return { job, from, source: writerOf(engine.pipelines, from.address)?.address };
  });
  const steps = new Map<string, Awaited<ReturnType<typeof jobStep>>>();
  for (const { job, source } of jobs)
    if (asking.some(({ address }) => address === source)) steps.set(job.address, await jobStep(engine, job, view));
  const lake = await engine.lake();
  const ledgers: RestLedger[] = [];
  for (const { address } of asking) {
    const account = await restAccount(lake, address, new Set(expiredOf(view.aged, address).map(({ key }) => key)));
    const paths = jobs.flatMap(({ job, from, source }) => {
      const step = steps.get(job.address);
      if (source !== address || step === undefined) return [];
      const into = resolveAddress(engine.pipelines, job.definition.into, ['table'], job.pipeline);
      return [pathOf(account, tableName(from), tableName(into), step)];
    });
    ledgers.push({ account, paths });
  }
  return ledgers;
}

/** The source stands for stream and delivery both: what it took lies in its table as it was taken. */
function pathOf(
  { source, endpoints }: RestAccount,
  from: string,
  table: string,
  { figures, faults }: Awaited<ReturnType<typeof jobStep>>,
): PathFigures {
  const sumOf = (of: 'records' | 'erased'): number =>
    endpoints.filter((each) => each.table === from).reduce((sum, each) => sum + each[of], 0);
  const [delivered, erased] = [sumOf('records'), sumOf('erased')];
  const nothing = { errored: 0, lost: 0, pending: 0, unregistered: 0, unreadable: 0, missing: [], missingErrors: [] };
  return {
    stream: source,
    table,
    streamFigures: { held: delivered + erased, trimmed: 0, expired: 0 },
    delivery: { logged: delivered + erased, delivered, erased, ...nothing },
    jobs: [figures],
    faults,
  };
}
