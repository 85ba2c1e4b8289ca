import { counted } from '../../base/units.ts';
import type { Run } from '../../orchestrate/runs.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { type Addressed, addressed } from '../../pipeline/graph/address.ts';
import { type Found, faulty, type Link, type Probe, waiting, well } from '../link.ts';
import { ranText, tellingRun } from './telling-run.ts';

/** Did crawlers run, and are the tables that they found in the catalog? */
export const probeCrawlers: Probe = async (engine, pipeline) => {
  const links: Link[] = [];
  for (const entry of addressed([pipeline], 'crawler'))
    links.push({ kind: 'crawler', address: entry.address, ...(await look(engine, entry)) });
  return links;
};

async function look(engine: Engine, { address, definition }: Addressed<'crawler'>): Promise<Found> {
  const { database, path } = definition;
  const telling = await tellingRun(engine, address);
  if (telling.fault !== undefined) return telling.fault;
  const ran = ranText(telling, engine.effects.clock.now());
  if (telling.isAtWork) return well(ran ?? '', telling.warnings);
  const crawl = `playhead crawl ${address}`;
  const { objects } = await (await engine.lake()).list(path, { limit: 1 });
  if (objects.length === 0) return waiting(`nothing lies under ${path} yet`);
  const known = await tablesUnder(engine, database, path);
  const lost = foundBy(telling.run).filter((name) => !known.includes(name));
  if (lost.length > 0)
    return faulty(`${lost.map((name) => `${database}.${name}`).join(', ')} is no longer there`, crawl);
  if (known.length === 0) return faulty(`no table of ${database} is of what lies under ${path}`, crawl);
  const tables = `${counted(known.length, 'table')} of what lies under ${path}`;
  return ran === undefined
    ? waiting(`never ran: ${tables} there by definition, none found by it`, crawl)
    : well(`${tables}; ${ran}`);
}

/** Names of the catalog's tables whose data lies there. */
async function tablesUnder(engine: Engine, database: string, path: string): Promise<readonly string[]> {
  const catalog = await engine.catalog();
  if (!(await catalog.databases()).includes(database)) return [];
  const tables = await catalog.tables(database);
  return tables.filter(({ location }) => location.startsWith(path)).map(({ name }) => name);
}

/** Names of the tables that a run of a crawler said it found; its record is read as other processes wrote it. */
function foundBy(run: Run | undefined): readonly string[] {
  const tables = run?.output?.['tables'];
  if (!Array.isArray(tables)) return [];
  return tables.flatMap(({ name, change }: { name?: unknown; change?: unknown }) =>
    typeof name === 'string' && change !== 'deleted' && change !== 'missing' ? [name] : [],
  );
}
