import { type DeliveryState, deliveryState } from '../delivery/state.ts';
import { contentName } from '../govern/lifecycle-series.ts';
import type { CommittedVersion, DeliveryFigures, ExpiredRows, PathFigures } from '../ledger/account.ts';
import { catalogFaults } from '../ledger/catalog-faults.ts';
import { type DeliveryLedger, readDelivery } from '../ledger/delivery-ledger.ts';
import type { Fault } from '../ledger/fault.ts';
import { cutFaults, logFaults, unreadableRecords } from '../ledger/log-faults.ts';
import type { DeepCheck } from '../ledger/verify-objects.ts';
import { type Addressed, addressed, resolveAddress } from '../pipeline/address.ts';
import type { Engine } from '../pipeline/bind.ts';
import type { PipelineDefinition } from '../pipeline/definition.ts';
import { deliverySubject } from '../pipeline/subject.ts';
import { registeredObjects, tableName } from '../pipeline/table-facts.ts';
import type { StreamAccount, TopicState } from '../stream/stream.ts';
import { expiredOf, expiredRows } from './aged.ts';
import { type JobLedger, readJob } from './job-ledger.ts';
import { type LakeView, lakeView, strayFaults } from './lake-view.ts';
import { withRuns } from './runs-of-faults.ts';
import { streamFigures } from './stream-figures.ts';

/** A path with what its figures were drawn from. */
export interface Path extends PathFigures {
  readonly topic: string;
  readonly streamAccount?: StreamAccount;
  readonly deliveryAddress: string;
  readonly deliveryLedger: DeliveryLedger;
  readonly jobLedgers: readonly {
    readonly address: string;
    /** Of its table, outermost first. */
    readonly partitionNames: readonly string[];
    readonly ledger: JobLedger;
  }[];
}

/** The figures of every path of a pipeline, from a stream through a delivery and its one-to-one jobs to the last table. */
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
      for (const job of jobs) steps.push(await jobStep(engine, job, view));
      const stray = start.landing === undefined ? [] : await strayFaults(engine, view, [entry, ...jobs]);
      const faults = [...start.faults, ...steps.flatMap((step) => step.faults), ...stray];
      paths.push({
        ...start.path,
        table: terminal === undefined ? `the lake, under ${entry.definition.prefix}` : tableName(terminal),
        jobs: steps.map(({ figures }) => figures),
        jobLedgers: steps.map(({ figures, partitionNames, ledger }) => {
          return { address: figures.address, partitionNames, ledger };
        }),
        faults: await withRuns(engine, entry.address, start.path.deliveryLedger, steps, faults),
      });
    }
  }
  return paths;
}

interface DeliveryStep {
  readonly landing: Addressed<'table'> | undefined;
  readonly path: Omit<Path, 'table' | 'jobs' | 'jobLedgers' | 'faults'>;
  readonly faults: readonly Fault[];
}

async function deliveryStep(engine: Engine, entry: Addressed<'delivery'>, view: LakeView): Promise<DeliveryStep> {
  const { definition, pipeline, address } = entry;
  const subject = deliverySubject(engine.pipelines, entry);
  const ports = { stream: await engine.stream(), lake: await engine.lake() };
  const topic = await ports.stream.describe(subject.stream.topic);
  const ledger = await readDelivery(ports.lake, address, topic?.id, engine.effects);
  const state = await deliveryState(subject, ports, engine.effects);
  const account = await (await ports.stream.inspect(subject.stream.topic))?.account();
  const landing =
    definition.table === undefined
      ? undefined
      : resolveAddress(engine.pipelines, definition.table, ['table'], pipeline);
  const of = standing(ledger.objects, view);
  const data = await view.verify(of('data'));
  const errors = await view.verify(of('error'));
  const backups = await view.verify(of('backup'));
  const catalogued =
    landing === undefined ? undefined : await cataloguedTable(engine, landing, view, of('data'), ledger.gone);
  const unreadable = account === undefined ? 0 : unreadableRecords(account, state.positions);
  const unregistered = catalogued?.unregistered ?? 0;
  const delivery: DeliveryFigures = {
    ...ledger.figures,
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
      streamFigures: streamFigures(ports.stream, topic?.state ?? [], state, ledger),
      delivery,
      topic: subject.stream.topic,
      ...(account === undefined ? {} : { streamAccount: account }),
      deliveryAddress: address,
      deliveryLedger: ledger,
    },
    faults: [
      ...logSide(subject.stream.topic, topic, account, state, ledger, ports.stream.capabilities.densePositions),
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
  densePositions: boolean,
): readonly Fault[] {
  if (topic === undefined || account === undefined) return [];
  return [...logFaults(name, account, densePositions), ...cutFaults(name, topic.state, state.positions, ledger)];
}

/** Of the objects that commits name, those that no lifecycle took, by what they hold. */
function standing(objects: readonly CommittedVersion[], { aged }: LakeView) {
  return (holds: CommittedVersion['holds']): readonly CommittedVersion[] =>
    objects.filter((object) => object.holds === holds && !aged.byContent.has(contentName(object)));
}

function agedRows({ aged }: LakeView, writer: string, absent: number, absentAside: number): ExpiredRows {
  const { table, aside } = expiredRows(aged, writer);
  return { table, aside: aside + absentAside, absent };
}

interface CataloguedTable {
  readonly rows: number;
  /** Rows of commits that the catalog has not taken in yet. */
  readonly unregistered: number;
  readonly faults: readonly Fault[];
}

/** What the catalog has of a table, held to what was committed to it. */
async function cataloguedTable(
  engine: Engine,
  table: Addressed<'table'>,
  { aged }: LakeView,
  committed: readonly CommittedVersion[],
  gone: ReadonlyMap<string, readonly number[]>,
  doubled: readonly number[] = [],
): Promise<CataloguedTable> {
  const catalog = await engine.catalog();
  const { database, name } = table.definition;
  const exists = (await catalog.table(database, name)) !== undefined;
  // What a lifecycle took stays in the catalog for a moment, and for longer where the lifecycle died.
  const objects = (await registeredObjects(engine, table)).filter((each) => !aged.byContent.has(contentName(each)));
  const registered = new Map<string, number>();
  const faulty = new Map(gone);
  const faults: Fault[] = [];
  for (const [series, missing] of gone) {
    const upTo = exists ? await catalog.registeredUpTo(database, name, series) : -1;
    registered.set(series, upTo);
    const last = committed.reduce((max, object) => (object.series === series ? Math.max(max, object.commit) : max), -1);
    const lost = objects.filter((object) => object.series === series && object.commit > last);
    const numbers = [...new Set(lost.map(({ commit }) => commit))].filter(
      (n) => !missing.includes(n) && !doubled.includes(n),
    );
    for (const commit of numbers) {
      const rows = lost.reduce((sum, object) => (object.commit === commit ? sum + object.rows : sum), 0);
      const message = `commit ${commit} is gone, and with it the account of ${rows} rows that ${tableName(table)} has`;
      faults.push({ kind: 'commit-missing', message, rows, place: { series, commit, table: tableName(table) } });
    }
    faulty.set(series, [...missing, ...numbers, ...doubled]);
  }
  const late = committed.filter(({ series, commit }) => exists && commit > (registered.get(series) ?? -1));
  return {
    rows: objects.reduce((sum, { rows }) => sum + rows, 0),
    unregistered: late.reduce((sum, { rows }) => sum + rows, 0),
    faults: [
      ...faults,
      ...catalogFaults({
        table: tableName(table),
        committed,
        ...(exists ? { catalogued: objects } : {}),
        registered,
        faulty,
      }),
    ],
  };
}

/** Chains of one-to-one jobs that begin at a table; the empty chain where there is none. */
function jobChains(engine: Engine, table: Addressed<'table'> | undefined): readonly (readonly Addressed<'job'>[])[] {
  if (table === undefined) return [[]];
  const next = addressed(engine.pipelines, 'job').filter(({ definition, pipeline }) => {
    return resolveAddress(engine.pipelines, definition.from, ['table'], pipeline).address === table.address;
  });
  if (next.length === 0) return [[]];
  return next.flatMap((job) => {
    const into = resolveAddress(engine.pipelines, job.definition.into, ['table'], job.pipeline);
    return jobChains(engine, into).map((rest) => [job, ...rest]);
  });
}

interface JobStep {
  readonly figures: PathFigures['jobs'][number];
  readonly partitionNames: readonly string[];
  readonly ledger: JobLedger;
  readonly faults: readonly Fault[];
}

async function jobStep(engine: Engine, job: Addressed<'job'>, view: LakeView): Promise<JobStep> {
  const into = resolveAddress(engine.pipelines, job.definition.into, ['table'], job.pipeline);
  const catalog = await engine.catalog();
  const { database, name } = into.definition;
  const exists = (await catalog.table(database, name)) !== undefined;
  const upTo = exists ? await catalog.registeredUpTo(database, name, job.address) : Number.POSITIVE_INFINITY;
  const ledger = await readJob(
    await engine.lake(),
    job.address,
    upTo,
    expiredOf(view.aged, job.address),
    engine.effects,
  );
  const of = standing(ledger.objects, view);
  const table = await view.verify(of('data'));
  const quarantine = await view.verify(of('quarantine'));
  const sidecars = await view.verify(of('sidecar'));
  const gone = new Map([[job.address, ledger.gone]]);
  const catalogued = await cataloguedTable(engine, into, view, of('data'), gone, ledger.doubled);
  return {
    partitionNames: Object.keys(into.definition.partitions),
    ledger,
    figures: {
      address: job.address,
      ...ledger.figures,
      tableRows: catalogued.rows,
      missing: table.missing,
      missingQuarantine: quarantine.missing,
      expired: agedRows(view, job.address, table.aged, quarantine.aged),
    },
    faults: [...ledger.faults, ...[table, quarantine, sidecars].flatMap(({ faults }) => faults), ...catalogued.faults],
  };
}
