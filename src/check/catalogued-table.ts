import { contentName } from '../govern/lifecycle-series.ts';
import type { CommittedVersion } from '../ledger/account.ts';
import { catalogFaults } from '../ledger/catalog-faults.ts';
import type { Fault } from '../ledger/fault.ts';
import type { Addressed } from '../pipeline/graph/address.ts';
import { tableName } from '../pipeline/graph/table-names.ts';
import { type LakeView, registeredUpTo } from './lake-view.ts';

export interface CataloguedTable {
  readonly rows: number;
  /** Rows of commits that the catalog has not taken in yet. */
  readonly unregistered: number;
  readonly faults: readonly Fault[];
}

/** What the catalog has of a table, held to what was committed to it. */
export function cataloguedTable(
  table: Addressed<'table'>,
  { aged, catalogued }: LakeView,
  committed: readonly CommittedVersion[],
  gone: ReadonlyMap<string, readonly number[]>,
  doubled: readonly number[] = [],
): CataloguedTable {
  const entry = catalogued.get(table.address);
  const exists = entry !== undefined;
  // What a lifecycle took stays in the catalog for a moment, and for longer where the lifecycle died.
  const objects = (entry?.objects ?? []).filter((each) => !aged.byContent.has(contentName(each)));
  const registered = new Map<string, number>();
  const faulty = new Map(gone);
  const faults: Fault[] = [];
  const last = lastCommits(committed);
  const bySeries = Map.groupBy(objects, ({ series }) => series);
  for (const [series, missing] of gone) {
    registered.set(series, registeredUpTo(catalogued, table, series));
    const named = new Set([...missing, ...doubled]);
    const lost = (bySeries.get(series) ?? []).filter(({ commit }) => {
      return commit > (last.get(series) ?? -1) && !named.has(commit);
    });
    for (const [commit, own] of Map.groupBy(lost, (object) => object.commit)) {
      named.add(commit);
      const rows = own.reduce((sum, object) => sum + object.rows, 0);
      const message = `commit ${commit} is gone, and with it the account of ${rows} rows that ${tableName(table)} has`;
      faults.push({ kind: 'commit-missing', message, rows, place: { series, commit, table: tableName(table) } });
    }
    faulty.set(series, [...named]);
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

function lastCommits(committed: readonly CommittedVersion[]): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (const { series, commit } of committed) last.set(series, Math.max(commit, last.get(series) ?? -1));
  return last;
}
