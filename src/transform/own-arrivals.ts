import type { Effects } from '../base/effects.ts';
import { type DuckSession, sqlString } from '../duck/duck.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { type ArrivalRange, arrivalRanges } from '../table/arrivals.ts';
import { type Contributor, contributions } from '../table/contribution.ts';

/**
 * Makes `_own_arrival` on a session: between when each record of `records` (`source`, `row`, `series`, `source_commit`)
 * arrived itself, as the commit of its object says. One that no commit knows any more has no row.
 */
export async function nameArrivals(
  session: DuckSession,
  records: string,
  { store, contributors }: { readonly store: ObjectStore; readonly contributors: readonly Contributor[] },
  effects: Effects,
): Promise<void> {
  await session.run('CREATE OR REPLACE TABLE _own_arrival (source VARCHAR, row BIGINT, from_ms BIGINT, to_ms BIGINT)');
  const found = await session.all(`SELECT source, row, series, source_commit FROM ${records}`);
  const known = new Map<string, readonly ArrivalRange[]>();
  const looked = new Set<string>();
  const values: string[] = [];
  for (const [source, row, series, commit] of found.rows) {
    const contributor = contributors.find((each) => each.series === series);
    if (contributor !== undefined && !looked.has(`${series} ${commit}`)) {
      looked.add(`${series} ${commit}`);
      const n = Number(commit);
      for await (const { objects } of contributions(store, contributor, n, n + 1, effects))
        for (const { key, arrivals, rows } of objects)
          if (arrivals !== undefined) known.set(key, arrivalRanges(arrivals, rows));
    }
    const own = known.get(String(source))?.findLast(({ firstRow }) => firstRow <= Number(row));
    if (own !== undefined) values.push(`(${sqlString(String(source))}, ${row}, ${own.fromMs}, ${own.toMs})`);
  }
  if (values.length > 0) await session.run(`INSERT INTO _own_arrival VALUES ${values.join(', ')}`);
}
