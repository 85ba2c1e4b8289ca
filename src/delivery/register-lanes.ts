import type { Effects } from '../base/effects.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { allEpochs, laneSeries } from '../commit/epoch.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import { type Contributor, registerCommits } from '../table/contribution.ts';
import type { Lane } from './lanes.ts';

interface RegisterPorts {
  readonly catalog: Catalog;
  readonly lake: ObjectStore;
}

/**
 * Registers what every lane of a delivery committed, whichever machine did, into the table that `contributorOf` names. Epochs go
 * in in their order, and one that is over takes no more commits: of those before the newest that the catalog knows,
 * nothing is asked. Else a look at each lane, and two for the epochs.
 */
export async function registerLanes(
  delivery: string,
  contributorOf: (series: string) => Contributor,
  ports: RegisterPorts,
  effects: Effects,
  before = Number.POSITIVE_INFINITY,
): Promise<void> {
  const known = await knownEpochs(delivery, contributorOf, ports.catalog);
  for (const { number, lanes } of await allEpochs(ports.lake, delivery, Math.max(0, known - 1))) {
    if (number >= before) break;
    const series = Array.from({ length: lanes }, (_, lane) => laneSeries(delivery, number, lane));
    await Promise.all(series.map((name) => registerCommits(ports.catalog, ports.lake, contributorOf(name), effects)));
  }
}

/** Registers what one lane committed, and before its first commit all of the epochs before it. */
export async function registerLane(
  delivery: string,
  { epoch, series }: Lane,
  contributorOf: (series: string) => Contributor,
  ports: RegisterPorts,
  effects: Effects,
): Promise<void> {
  const contributor = contributorOf(series.name);
  const { database, table } = contributor;
  if (epoch > 0 && (await ports.catalog.registeredUpTo(database, table, series.name)) < 0)
    await registerLanes(delivery, contributorOf, ports, effects, epoch);
  await registerCommits(ports.catalog, ports.lake, contributor, effects);
}

/** How many epochs the catalog has commits of: by their first lanes, since the newest alone may lack some. */
async function knownEpochs(
  delivery: string,
  contributorOf: (series: string) => Contributor,
  catalog: Catalog,
): Promise<number> {
  for (let epoch = 0; ; epoch += 1) {
    const { database, table, series } = contributorOf(laneSeries(delivery, epoch, 0));
    if ((await catalog.registeredUpTo(database, table, series)) < 0) return epoch;
  }
}
