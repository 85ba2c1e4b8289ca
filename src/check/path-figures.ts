import { type DeliveryState, deliveryState } from '../delivery/state.ts';
import type { DeliveryFigures, ExpiredRows, PathFigures } from '../ledger/account.ts';
import { type DeliveryLedger, readDelivery } from '../ledger/delivery-ledger.ts';
import type { Fault } from '../ledger/fault.ts';
import { cutFaults, logFaults, unreadableRecords } from '../ledger/log-faults.ts';
import type { DeepCheck } from '../ledger/verify-objects.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import type { Engine } from '../pipeline/engine/bind.ts';
import { type Addressed, addressed, resolveAddress } from '../pipeline/graph/address.ts';
import { deliverySubject } from '../pipeline/graph/delivery-subject.ts';
import { tableName } from '../pipeline/graph/table-names.ts';
import { recordJobs } from '../pipeline/graph/writers.ts';
import type { StreamAccount, TopicState } from '../stream/stream.ts';
import { expiredRows } from './aged.ts';
import { cataloguedTable } from './catalogued-table.ts';
import { derivedFigures } from './derived-figures.ts';
import { inputFaults } from './input-faults.ts';
import type { JobLedger } from './job-ledger.ts';
import { type LakeView, lakeView, standing } from './lake-view.ts';
import type { Path } from './path.ts';
import { withRuns } from './runs-of-faults.ts';
import { strayOfDelivery, strayOfJobs } from './stray-objects.ts';
import { heldTopic, lostRecords, streamFigures } from './stream-figures.ts';
import { undeliveredPaths } from './undelivered-path.ts';

/**
 * The figures of every path of a pipeline: from a stream through a delivery and a job to its table, with what is derived from
 * that; last the streams that no delivery reads.
 */
export async function pathFigures(
  engine: Engine,
  pipeline: PipelineDefinition,
  deep?: DeepCheck,
): Promise<readonly Path[]> {
  const view = await lakeView(engine, pipeline, deep);
  const paths: Path[] = [];
  for (const entry of addressed([pipeline], 'delivery')) {
    const start = await deliveryStep(engine, entry, view);
    for (const jobs of jobChains(engine, start.landing)) {
      const last = jobs.at(-1);
      const terminal =
        last === undefined
          ? start.landing
          : resolveAddress(engine.pipelines, last.definition.into, ['table'], last.pipeline);
      const steps = [];
      for (const job of jobs) steps.push(withInput(await jobStep(engine, job, view), start));
      const derived = last === undefined ? [] : await derivedFigures(engine, last, view);
      const made = [...jobs, ...derived.map(({ job }) => resolveAddress(engine.pipelines, job, ['job']))];
      const stray = [
        ...(await strayOfDelivery(engine, view, entry, start.path.deliveryLedger)),
        ...(await strayOfJobs(engine, view, made)),
      ];
      const faults = [...start.faults, ...[...steps, ...derived].flatMap((step) => step.faults), ...stray];
      paths.push({
        ...start.path,
        table: terminal === undefined ? `the lake, under ${entry.definition.prefix}` : tableName(terminal),
        jobs: steps.map(({ figures }) => figures),
        derived,
        jobLedgers: steps.map(({ figures, partitionNames, ledger }) => {
          return { address: figures.address, partitionNames, ledger };
        }),
        faults: await withRuns(engine, entry.address, start.path.deliveryLedger, steps, faults),
      });
    }
  }
  return [...paths, ...(await undeliveredPaths(engine, pipeline))];
}

interface DeliveryStep {
  readonly landing: Addressed<'table'> | undefined;
  readonly path: Omit<Path, 'table' | 'jobs' | 'jobLedgers' | 'derived' | 'faults'>;
  readonly faults: readonly Fault[];
}

async function deliveryStep(engine: Engine, entry: Addressed<'delivery'>, view: LakeView): Promise<DeliveryStep> {
  const { definition, pipeline, address } = entry;
  const subject = deliverySubject(engine.pipelines, entry);
  const ports = { stream: await engine.stream(), lake: await engine.lake() };
  const state = await deliveryState(subject, ports, engine.effects);
  const { topic } = state;
  const ledger = await readDelivery(ports.lake, address, topic, state.series);
  const held = await heldTopic(ports.stream, subject.stream.topic, topic?.state ?? []);
  const { account } = held;
  const landing =
    definition.table === undefined
      ? undefined
      : resolveAddress(engine.pipelines, definition.table, ['table'], pipeline);
  const of = standing(ledger.objects, view);
  const owner = { pipeline, ...(landing === undefined ? {} : { table: tableName(landing) }) };
  const data = await view.verify(of('data'), owner);
  const errors = await view.verify(of('error'), owner);
  const backups = await view.verify(of('backup'), owner);
  const catalogued = landing === undefined ? undefined : cataloguedTable(landing, view, of('data'), ledger.gone);
  const unreadable = account === undefined ? 0 : unreadableRecords(account, state.positions);
  const unregistered = catalogued?.unregistered ?? 0;
  const delivery: DeliveryFigures = {
    ...ledger.figures,
    ...lostRecords(ports.stream, ledger),
    missing: data.missing,
    missingErrors: errors.missing,
    expired: agedRows(view, address, data.aged, errors.aged),
    pending: state.pendingRecords - unreadable + unregistered,
    unregistered,
    unreadable,
    ...(catalogued === undefined ? {} : { tableRows: catalogued.rows }),
  };
  return {
    landing,
    path: {
      stream: resolveAddress(engine.pipelines, definition.from, ['stream'], pipeline).address,
      streamFigures: await streamFigures(ports.stream, held, state, ledger),
      delivery,
      topic: subject.stream.topic,
      ...(account === undefined ? {} : { streamAccount: account }),
      deliveryAddress: address,
      deliveryLedger: ledger,
    },
    faults: [
      ...logSide(subject.stream.topic, topic, account, state, ledger),
      ...ledger.faults,
      ...[data, errors, backups].flatMap(({ faults }) => faults),
      ...(catalogued?.faults ?? []),
    ],
  };
}

function logSide(
  name: string,
  topic: TopicState | undefined,
  account: StreamAccount | undefined,
  state: DeliveryState,
  ledger: DeliveryLedger,
): readonly Fault[] {
  if (topic === undefined || account === undefined) return [];
  return [...logFaults(name, account), ...cutFaults(name, topic.state, state.positions, ledger)];
}

function agedRows({ aged }: LakeView, writer: string, absent: number, absentAside: number): ExpiredRows {
  const { table, aside } = expiredRows(aged, writer);
  return { table, aside: aside + absentAside, absent };
}

function less({ table, aside, absent }: ExpiredRows, erased: JobLedger['expiredErased']): ExpiredRows {
  return { table: table - erased.table, aside: aside - erased.aside, absent };
}

/** The jobs that records of a table go through, each a chain of its own; the empty chain where there is none. */
function jobChains(engine: Engine, table: Addressed<'table'> | undefined): readonly (readonly Addressed<'job'>[])[] {
  if (table === undefined) return [[]];
  const next = recordJobs(engine.pipelines).filter(({ definition, pipeline }) => {
    return resolveAddress(engine.pipelines, definition.from, ['table'], pipeline).address === table.address;
  });
  return next.length === 0 ? [[]] : next.map((job) => [job]);
}

/** A step held to what the delivery before it committed. What a commit took along that is gone or doubled is not said again. */
function withInput(step: JobStep, { path: { deliveryLedger }, faults }: DeliveryStep): JobStep {
  const isOfCommit = ({ kind }: Fault): boolean => kind === 'commit-missing' || kind === 'commit-doubled';
  if ([...faults, ...step.faults].some(isOfCommit)) return step;
  const { steps } = step.ledger;
  const inputs = Map.groupBy(step.ledger.inputs, ({ series }) => series);
  const data = Map.groupBy(
    deliveryLedger.objects.filter(({ holds }) => holds === 'data'),
    ({ series }) => series,
  );
  const found = [...deliveryLedger.committedMs].flatMap(([series, { length: next }]) =>
    inputFaults(
      step.figures.address,
      { inputs: inputs.get(series) ?? [], steps },
      { series, next, objects: data.get(series) ?? [] },
    ),
  );
  return { ...step, faults: [...step.faults, ...found] };
}

interface JobStep {
  readonly figures: PathFigures['jobs'][number];
  readonly partitionNames: readonly string[];
  readonly ledger: JobLedger;
  readonly faults: readonly Fault[];
}

/** What a job did, held to what lies there of it. */
export async function jobStep(engine: Engine, job: Addressed<'job'>, view: LakeView): Promise<JobStep> {
  const into = resolveAddress(engine.pipelines, job.definition.into, ['table'], job.pipeline);
  const ledger = view.jobs.get(job.address);
  if (ledger === undefined) throw new Error(`${job.address} is not on the way of the pipeline's records`);
  const of = standing(ledger.objects, view);
  const owner = { pipeline: into.pipeline, table: tableName(into) };
  const table = await view.verify(of('data'), owner);
  const quarantine = await view.verify(of('quarantine'), owner);
  const sidecars = await view.verify(of('sidecar'), owner);
  const gone = new Map([[job.address, ledger.gone]]);
  const catalogued = cataloguedTable(into, view, of('data'), gone, ledger.doubled);
  return {
    partitionNames: Object.keys(into.definition.partitions),
    ledger,
    figures: {
      address: job.address,
      ...ledger.figures,
      tableRows: catalogued.rows,
      missing: table.missing,
      missingQuarantine: quarantine.missing,
      expired: less(agedRows(view, job.address, table.aged, quarantine.aged), ledger.expiredErased),
    },
    faults: [...ledger.faults, ...[table, quarantine, sidecars].flatMap(({ faults }) => faults), ...catalogued.faults],
  };
}
