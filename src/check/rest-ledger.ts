import { accountOf, addsUp, type PathFigures } from '../ledger/account.ts';
import type { Fault } from '../ledger/fault.ts';
import type { DeepCheck } from '../ledger/verify-objects.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import type { Engine } from '../pipeline/engine/bind.ts';
import { type Addressed, addressed, resolveAddress } from '../pipeline/graph/address.ts';
import { tableName } from '../pipeline/graph/table-names.ts';
import { recordJobs, writerOf } from '../pipeline/graph/writers.ts';
import { type RestAccount, restAccount } from '../source/rest/account.ts';
import { expiredOf } from './aged.ts';
import { type DerivedFigures, derivedFigures } from './derived-figures.ts';
import { type LakeView, lakeView } from './lake-view.ts';
import { jobStep } from './path-figures.ts';
import { strayOfJobs, strayOfSource } from './stray-objects.ts';

/** A source that asks an API: what it took, and what became of it in the tables that jobs make of that. */
export interface RestLedger {
  readonly account: RestAccount;
  /** Of its own commits and pages; those of jobs are in their paths. */
  readonly faults: readonly Fault[];
  /** One for each job that reads a table of the source. */
  readonly paths: readonly RestPath[];
}

/** From a table of a source through a job, with what is derived from the job's table. */
export interface RestPath extends PathFigures {
  readonly derived: readonly DerivedFigures[];
}

/** Whether all that was taken is there, and accounted for. */
export function isSound({ faults, paths }: RestLedger): boolean {
  return faults.length === 0 && paths.every((path) => addsUp(accountOf(path)));
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
  const steps: JobSteps[] = [];
  for (const job of recordJobs(engine.pipelines, [pipeline])) {
    const from = resolveAddress(engine.pipelines, job.definition.from, ['table'], job.pipeline);
    const source = writerOf(engine.pipelines, from.address)?.address;
    if (asking.some(({ address }) => address === source)) steps.push(await jobSteps(engine, job, view));
  }
  const ledgers: RestLedger[] = [];
  for (const source of asking) ledgers.push(await ledgerOf(engine, source, steps, view));
  return ledgers;
}

/** A job that reads a table of a source, with what is derived from its own. */
interface JobSteps extends Pick<RestPath, 'derived' | 'faults'> {
  readonly from: Addressed<'table'>;
  readonly into: Addressed<'table'>;
  readonly figures: PathFigures['jobs'][number];
}

async function jobSteps(engine: Engine, job: Addressed<'job'>, view: LakeView): Promise<JobSteps> {
  const tableAt = (address: string): Addressed<'table'> =>
    resolveAddress(engine.pipelines, address, ['table'], job.pipeline);
  const { figures, faults } = await jobStep(engine, job, view);
  const derived = await derivedFigures(engine, job, view);
  const made = [job, ...derived.map((each) => resolveAddress(engine.pipelines, each.job, ['job']))];
  return {
    from: tableAt(job.definition.from),
    into: tableAt(job.definition.into),
    figures,
    derived,
    faults: [...faults, ...derived.flatMap((each) => each.faults), ...(await strayOfJobs(engine, view, made))],
  };
}

async function ledgerOf(
  engine: Engine,
  source: Addressed<'source'>,
  steps: readonly JobSteps[],
  view: LakeView,
): Promise<RestLedger> {
  const { address, pipeline } = source;
  const expired = new Set(expiredOf(view.aged, address).map(({ key }) => key));
  const { account, pages, next } = await restAccount(await engine.lake(), address, expired);
  const { faults } = await view.verify(pages, { pipeline });
  const gone = account.gone.map((commit): Fault => {
    return { kind: 'commit-missing', message: 'is gone, and with it what it took', place: { series: address, commit } };
  });
  const own = steps.filter(({ from }) => writerOf(engine.pipelines, from.address)?.address === address);
  return {
    account,
    faults: [...gone, ...faults, ...(await strayOfSource(engine, view, source, next))],
    paths: own.map((step) => pathOf(account, step)),
  };
}

/** The source stands for stream and delivery both: what it took lies in its table as it was taken. */
function pathOf({ source, endpoints }: RestAccount, { from, into, figures, derived, faults }: JobSteps): RestPath {
  const read = tableName(from);
  const sumOf = (of: 'records' | 'erased'): number =>
    endpoints.filter(({ table }) => table === read).reduce((sum, each) => sum + each[of], 0);
  const [delivered, erased] = [sumOf('records'), sumOf('erased')];
  const nothing = { errored: 0, lost: 0, pending: 0, unregistered: 0, unreadable: 0, missing: [], missingErrors: [] };
  return {
    stream: source,
    table: tableName(into),
    streamFigures: { held: delivered + erased, trimmed: 0, expired: 0 },
    delivery: { logged: delivered + erased, delivered, erased, ...nothing },
    jobs: [figures],
    derived,
    faults,
  };
}
