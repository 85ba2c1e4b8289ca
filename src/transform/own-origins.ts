import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { type DuckSession, sqlString } from '../duck/duck.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { type ArrivalRange, arrivalRanges } from '../table/arrivals.ts';
import { type Contributor, contributions } from '../table/contribution.ts';

/** What the commit of an input object says of it. */
interface Origin {
  readonly series: string;
  /** None where the commit doesn't say when its rows arrived. */
  readonly arrivals: readonly ArrivalRange[];
}

/**
 * Makes `_origin` on a session: of each record of `records` (`source`, `row`, `source_commit`) the series of its object, and
 * between when it arrived itself (NULL where that is not known). Reads the commits that they name, and no others.
 * PH_DOES_NOT_ADD_UP where no series of the input has an object there.
 */
export async function nameOrigins(
  session: DuckSession,
  records: string,
  input: { readonly store: ObjectStore; readonly contributors: readonly Contributor[] },
  effects: Effects,
): Promise<void> {
  await session.run(
    'CREATE OR REPLACE TABLE _origin (source VARCHAR, row BIGINT, series VARCHAR, from_ms BIGINT, to_ms BIGINT)',
  );
  const origins = originsOf(input, effects);
  const values: string[] = [];
  for (const [source, row, commit] of (await session.all(`SELECT source, row, source_commit FROM ${records}`)).rows) {
    const key = String(source);
    const { series, arrivals } = await origins(key, Number(commit));
    const own = arrivals.findLast(({ firstRow }) => firstRow <= Number(row));
    const range = own === undefined ? 'NULL, NULL' : `${own.fromMs}, ${own.toMs}`;
    values.push(`(${sqlString(key)}, ${row}, ${sqlString(series)}, ${range})`);
  }
  if (values.length > 0) await session.run(`INSERT INTO _origin VALUES ${values.join(', ')}`);
}

/** Looks an object up that commit n of one of the series named; each commit is read once. */
function originsOf(
  { store, contributors }: { readonly store: ObjectStore; readonly contributors: readonly Contributor[] },
  effects: Effects,
): (key: string, n: number) => Promise<Origin> {
  const found = new Map<string, Origin>();
  const looked = new Set<string>();
  return async (key, n) => {
    for (const contributor of contributors) {
      const { series } = contributor;
      if (found.has(key)) break;
      if (looked.has(`${series} ${n}`)) continue;
      looked.add(`${series} ${n}`);
      for await (const { objects } of contributions(store, contributor, n, n + 1, effects))
        for (const { key: named, arrivals, rows } of objects)
          found.set(named, { series, arrivals: arrivals === undefined ? [] : arrivalRanges(arrivals, rows) });
    }
    const origin = found.get(key);
    if (origin !== undefined) return origin;
    throw new PlayheadError(
      'PH_DOES_NOT_ADD_UP',
      `${key} is in quarantine, and commit ${n} of no input series names it`,
      {
        hint: '`playhead ledger` names what is missing.',
        details: { key, commit: n },
      },
    );
  };
}
