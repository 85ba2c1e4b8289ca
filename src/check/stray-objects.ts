import { laneSeries } from '../commit/epoch.ts';
import { parseObjectName } from '../delivery/object-name.ts';
import { literalStart, parsePrefix } from '../delivery/prefix.ts';
import { contentName } from '../govern/lifecycle-series.ts';
import { listAll, type ObjectInfo } from '../lake/object-store.ts';
import type { DeliveryLedger } from '../ledger/delivery-ledger.ts';
import type { Fault } from '../ledger/fault.ts';
import { type Addressed, addressed, resolveAddress } from '../pipeline/address.ts';
import type { Engine } from '../pipeline/bind.ts';
import { tableName } from '../pipeline/table-facts.ts';
import { type LakeView, registeredUpTo } from './lake-view.ts';
import { type Awaiting, awaitedOfDelivery, awaitedOfJob, type CommitsSeen } from './under-way.ts';

/** Objects under the tables of a path that no commit names. Those of a plan that is under way are none. */
export async function strayFaults(
  engine: Engine,
  view: LakeView,
  delivered: DeliveryLedger,
  steps: readonly Addressed<'delivery' | 'job'>[],
): Promise<readonly Fault[]> {
  const faults: Fault[] = [];
  for (const step of steps) {
    const address = step.kind === 'delivery' ? step.definition.table : step.definition.into;
    if (address === undefined) continue;
    const table = resolveAddress(engine.pipelines, address, ['table'], step.pipeline);
    if (table.definition.objects !== 'commits') continue;
    const isAwaited =
      step.kind === 'job'
        ? await awaitedOfJob(engine, step.address, seenOfJob(view, step, table))
        : await awaitedOfDelivery(engine, step.address, seenOfDelivery(delivered, committedTo(view, table)));
    for (const { key, sizeBytes } of unnamedUnder(engine, view, table)) {
      if (await isAwaited(key)) continue;
      const message = `stray under ${tableName(table)}: ${key}, ${sizeBytes} bytes, which no commit names`;
      faults.push({ kind: 'object-stray', message, place: { object: key, table: tableName(table) } });
    }
  }
  return faults;
}

/**
 * Objects of a delivery without a table that no commit names: under its prefix others may put what they like, so that the name
 * tells. Their commit and its plan are gone, and the records are delivered again: they would be there twice.
 */
export async function strayDelivered(
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
