import { formatCount } from '../../base/units.ts';
import { openSeries } from '../../commit/series.ts';
import { type Addressed, addressed } from '../../pipeline/address.ts';
import type { Engine } from '../../pipeline/bind.ts';
import { registeredRows, tableName } from '../../pipeline/table-facts.ts';
import { contributorsOf, writerOf } from '../../pipeline/writers.ts';
import type { Link, Probe } from '../link.ts';

/** Tables that deliveries fill: are they in the catalog, with every commit, and with partitions? */
export const probeCatalog: Probe = async (engine, pipeline) => {
  const links: Link[] = [];
  for (const table of addressed([pipeline], 'table')) {
    const writer = writerOf(engine.pipelines, table.address);
    if (writer?.kind !== 'delivery') continue;
    const { ok, finding } = await catalogFinding(engine, table);
    const remedy = ok ? {} : { remedy: `playhead deliver ${writer.address} --drain` };
    links.push({ kind: 'catalog', address: table.address, ok, finding, ...remedy });
  }
  return links;
};

async function catalogFinding(engine: Engine, table: Addressed<'table'>): Promise<Pick<Link, 'ok' | 'finding'>> {
  const catalog = await engine.catalog();
  const { database, name } = table.definition;
  if ((await catalog.table(database, name)) === undefined) {
    return { ok: false, finding: `${tableName(table)} is not in the catalog` };
  }
  const lake = await engine.lake();
  let behind = 0;
  for (const { series } of await contributorsOf(engine.pipelines, table.address, table.definition, lake)) {
    const { next } = await openSeries(lake, series, engine.effects).head();
    behind += next - 1 - (await catalog.registeredUpTo(database, name, series));
  }
  if (behind > 0) return { ok: false, finding: `${formatCount(behind)} commits are not registered` };
  const rows = await registeredRows(engine, table);
  const partitions = (await catalog.partitions(database, name)).length;
  return { ok: rows > 0, finding: `${formatCount(partitions)} partitions, ${formatCount(rows)} rows` };
}
