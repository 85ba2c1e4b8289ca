import { counted } from '../../base/units.ts';
import { openSeries } from '../../commit/series.ts';
import { type Addressed, addressed } from '../../pipeline/address.ts';
import type { Engine } from '../../pipeline/bind.ts';
import { registerShared } from '../../pipeline/register-shared.ts';
import { registeredObjects, tableName } from '../../pipeline/table-facts.ts';
import { contributorsOf, type Writer, writerOf } from '../../pipeline/writers.ts';
import type { Link, Probe } from '../link.ts';
import { missingObjects } from '../missing-objects.ts';

type Found = Pick<Link, 'ok' | 'finding' | 'remedy'>;

/** Tables that pipelines fill: are they in the catalog, with every commit, and are their objects in the lake? */
export const probeCatalog: Probe = async (engine, pipeline) => {
  const links: Link[] = [];
  for (const table of addressed([pipeline], 'table')) {
    const writer = writerOf(engine.pipelines, table.address);
    if (writer === undefined) continue;
    const found = await catalogFinding(engine, table, writer);
    if (found !== undefined) links.push({ kind: 'catalog', address: table.address, ...found });
  }
  return links;
};

/** Undefined where there is nothing to say: what a job or source fills is empty until it has run, which its own link tells. */
async function catalogFinding(engine: Engine, table: Addressed<'table'>, writer: Writer): Promise<Found | undefined> {
  const [catalog, lake] = [await engine.catalog(), await engine.lake()];
  const { database, name } = table.definition;
  const exists = (await catalog.table(database, name)) !== undefined;
  if (exists) await registerShared(engine, [tableName(table)]);
  let [committed, behind] = [0, 0];
  for (const { series } of await contributorsOf(engine.pipelines, table.address, table.definition, lake)) {
    const { next } = await openSeries(lake, series, engine.effects).head();
    committed += next;
    behind += next - 1 - (exists ? await catalog.registeredUpTo(database, name, series) : -1);
  }
  if (committed === 0 && writer.kind !== 'delivery') return undefined;
  const remedy = committed === 0 ? `playhead deliver ${writer.address} --drain` : 'playhead rebuild';
  if (!exists) return { ok: false, finding: `${tableName(table)} is not in the catalog`, remedy };
  if (behind > 0) return { ok: false, finding: `${counted(behind, 'commit')} not registered`, remedy };
  const objects = await registeredObjects(engine, table);
  const [gone, ...others] = await missingObjects(lake, table.definition.location, objects);
  if (gone !== undefined) {
    const more = others.length === 0 ? '' : ` and ${counted(others.length, 'more object')}`;
    const finding = `the lake lacks ${gone.key}${more} as committed`;
    return {
      ok: false,
      finding,
      remedy:
        writer.kind === 'delivery'
          ? 'playhead repair'
          : 'put them back from a backup of the lake; `playhead ledger` names them',
    };
  }
  const rows = objects.reduce((sum, object) => sum + object.rows, 0);
  const partitions = (await catalog.partitions(database, name)).length;
  const finding = `${partitions === 0 ? '' : `${counted(partitions, 'partition')}, `}${counted(rows, 'row')}`;
  return rows > 0 ? { ok: true, finding } : { ok: false, finding, remedy: `playhead logs ${writer.address}` };
}
