import { laneSeries } from '../commit/epoch.ts';
import { parseObjectName } from '../delivery/object-name.ts';
import { literalStart, parsePrefix } from '../delivery/prefix.ts';
import { contentName } from '../govern/lifecycle-series.ts';
import { listAll, type ObjectInfo } from '../lake/object-store.ts';
import type { DeliveryLedger } from '../ledger/delivery-ledger.ts';
import type { Fault } from '../ledger/fault.ts';
import type { Engine } from '../pipeline/engine/bind.ts';
import { type Addressed, addressed, resolveAddress } from '../pipeline/graph/address.ts';
import { tableName } from '../pipeline/graph/table-names.ts';
import { targetsOf } from '../pipeline/graph/writers.ts';
import { type LakeView, registeredUpTo } from './lake-view.ts';
import { type Awaiting, awaitedOfDelivery, awaitedOfJob, awaitedOfSource, type CommitsSeen } from './under-way.ts';

/** Objects under what a delivery writes that no commit names. Those of a plan that is under way are none; nor are they below. */
export async function strayOfDelivery(
  engine: Engine,
  view: LakeView,
  step: Addressed<'delivery'>,
  delivered: DeliveryLedger,
): Promise<readonly Fault[]> {
  const { table: address } = step.definition;
  if (address === undefined) return strayWithoutTable(engine, view, step, delivered);
  const table = resolveAddress(engine.pipelines, address, ['table'], step.pipeline);
  const seen = seenOfDelivery(delivered, committedTo(view, table));
  return strayUnder(engine, view, table, await awaitedOfDelivery(engine, step.address, seen));
}

/** Objects under the tables of jobs that no commit names. */
export async function strayOfJobs(
  engine: Engine,
  view: LakeView,
  jobs: readonly Addressed<'job'>[],
): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  for (const job of jobs) {
    const table = resolveAddress(engine.pipelines, job.definition.into, ['table'], job.pipeline);
    const isAwaited = await awaitedOfJob(engine, job.address, seenOfJob(view, job, table));
    faults.push(...(await strayUnder(engine, view, table, isAwaited)));
  }
  return faults;
}

/** Objects under the tables of a source that no page's commit names. `next`: the first commit that was not read. */
export async function strayOfSource(
  engine: Engine,
  view: LakeView,
  source: Addressed<'source'>,
  next: number,
): Promise<readonly Fault[]> {
  const isAwaited = await awaitedOfSource(engine, source.address, next);
  const faults: Fault[] = [];
  for (const target of new Set(targetsOf(source))) {
    const table = resolveAddress(engine.pipelines, target, ['table'], source.pipeline);
    faults.push(...(await strayUnder(engine, view, table, isAwaited)));
  }
  return faults;
}

async function strayUnder(
  engine: Engine,
  view: LakeView,
  table: Addressed<'table'>,
  isAwaited: Awaiting,
): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  if (table.definition.objects !== 'commits') return faults;
  for (const { key, sizeBytes } of unnamedUnder(engine, view, table)) {
    if (await isAwaited(key)) continue;
    const message = `stray under ${tableName(table)}: ${key}, ${sizeBytes} bytes, which no commit names`;
    faults.push({ kind: 'object-stray', message, place: { object: key, table: tableName(table) } });
  }
  return faults;
}

/**
 * Objects of a delivery without a table that no commit names: under its prefix others may put what they like, so that the name
 * tells. Their commit and its plan are gone, and the records are delivered again: they would be there twice.
 */
async function strayWithoutTable(
  engine: Engine,
  view: LakeView,
  step: Addressed<'delivery'>,
  delivered: DeliveryLedger,
): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  const isAwaited: Awaiting = await awaitedOfDelivery(engine, step.address, seenOfDelivery(delivered));
  for await (const info of listAll(await engine.lake(), literalStart(parsePrefix(step.definition.prefix)))) {
    const { key, sizeBytes } = info;
    const made = parseObjectName(key.slice(key.lastIndexOf('/') + 1), step.address);
    if (made === undefined || isNamed(view, info) || (await isAwaited(key))) continue;
    const series = laneSeries(step.address, made.epoch, made.lane);
    const message = `stray in the lake: ${key}, ${sizeBytes} bytes, which no commit of ${series} names`;
    faults.push({ kind: 'object-stray', message, place: { object: key, series, commit: made.plan } });
  }
  return faults;
}

function* unnamedUnder(engine: Engine, view: LakeView, table: Addressed<'table'>): Generator<ObjectInfo> {
  const { location } = table.definition;
  const others = addressed(engine.pipelines, 'table')
    .map(({ definition }) => definition.location)
    .filter((other) => other !== location && other.startsWith(location));
  for (const info of view.contents.values()) {
    if (!info.key.startsWith(location) || isHidden(info.key.slice(location.length))) continue;
    if (!others.some((other) => info.key.startsWith(other)) && !isNamed(view, info)) yield info;
  }
}

/** By a commit, or by a lifecycle's: one that died goes on with what it took and has not deleted yet. */
function isNamed({ committed, aged }: LakeView, object: ObjectInfo): boolean {
  return committed.has(object.key) || aged.byContent.has(contentName(object));
}

/** What Hive passes over. */
function isHidden(path: string): boolean {
  return path.split('/').some((segment) => segment.startsWith('_') || segment.startsWith('.'));
}

/** `known`: commits that the catalog has objects of, of which it is said where they are gone. */
function seenOfDelivery({ committedMs, gone }: DeliveryLedger, known: ReadonlySet<string> = new Set()): CommitsSeen {
  const isRead: CommitsSeen['isRead'] = (series, n) => committedMs.get(series)?.[n] !== undefined;
  return {
    isRead,
    isGone: (series, n) =>
      gone.get(series)?.includes(n) === true || (known.has(`${series} ${n}`) && !isRead(series, n)),
  };
}

function committedTo({ catalogued }: LakeView, { address }: Addressed<'table'>): ReadonlySet<string> {
  return new Set((catalogued.get(address)?.objects ?? []).map(({ series, commit }) => `${series} ${commit}`));
}

function seenOfJob(view: LakeView, { address }: Addressed<'job'>, table: Addressed<'table'>): CommitsSeen {
  const ledger = view.jobs.get(address);
  const upTo = registeredUpTo(view.catalogued, table, address);
  return { isRead: (_, n) => (ledger === undefined ? n <= upTo : ledger.committedMs[n] !== undefined) };
}
