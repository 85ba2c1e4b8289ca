import type { TableObject } from '../catalog/catalog.ts';
import type { CommittedVersion } from './account.ts';
import type { Fault } from './fault.ts';
import { placeOf } from './verify-objects.ts';

/** What a table's commits name, and what the catalog has of it. */
export interface CatalogComparison {
  /** `database.table`. */
  readonly table: string;
  /** The table's objects by its commits; of a key that several name, the last. */
  readonly committed: readonly CommittedVersion[];
  /** Undefined where the catalog does not have the table. */
  readonly catalogued?: readonly TableObject[];
  /** Last commit that the catalog took in, by series. */
  readonly registered: ReadonlyMap<string, number>;
  /** Commits that are gone or doubled, by series: what follows from that is not said again. */
  readonly faulty: ReadonlyMap<string, readonly number[]>;
}

/** Holds the catalog's objects to those of the commits that it took in. */
export function catalogFaults({ table, committed, catalogued, registered, faulty }: CatalogComparison): Fault[] {
  const due = committed.filter(({ series, commit }) => commit <= (registered.get(series) ?? -1));
  if (catalogued === undefined) {
    const rows = committed.reduce((sum, object) => sum + object.rows, 0);
    if (rows === 0) return [];
    const message = `${table} is not in the catalog: ${committed.length} objects of ${rows} rows were committed to it`;
    return [{ kind: 'catalog-lacks', message, rows, place: { table } }];
  }
  const faults: Fault[] = [];
  const found = new Map(catalogued.map((object) => [object.key, object]));
  for (const object of due) {
    const entry = found.get(object.key);
    found.delete(object.key);
    const place = { ...placeOf(object), table };
    if (entry === undefined)
      faults.push({
        kind: 'catalog-lacks',
        message: `the catalog lacks ${object.key} of ${table}, ${object.rows} rows`,
        rows: object.rows,
        place,
      });
    else if (entry.etag !== object.etag || entry.rows !== object.rows)
      faults.push({
        kind: 'catalog-differs',
        message: `the catalog has ${object.key} of ${table} with ${entry.rows} rows and other bytes than the ${object.rows} rows that were committed`,
        rows: Math.abs(entry.rows - object.rows),
        place,
      });
  }
  const named = new Set(committed.map(({ key }) => key));
  for (const { key, rows, series, commit } of found.values()) {
    if (faulty.get(series)?.includes(commit) === true) continue;
    if (named.has(key)) continue;
    const message = `the catalog has ${key} of ${table}, ${rows} rows, which no commit names`;
    faults.push({ kind: 'catalog-extra', message, rows, place: { table, object: key, series, commit } });
  }
  return faults;
}
