import type { Effects } from '../../base/effects.ts';
import { counted } from '../../base/units.ts';
import type { TableObject } from '../../catalog/catalog.ts';
import { isDead } from '../../commit/holder.ts';
import { readLease } from '../../commit/lease-record.ts';
import { openSeries } from '../../commit/series.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { registerShared } from '../../pipeline/engine/register-shared.ts';
import { registeredObjects } from '../../pipeline/engine/registered-objects.ts';
import { type Addressed, addressed } from '../../pipeline/graph/address.ts';
import { tableName } from '../../pipeline/graph/table-names.ts';
import { contributorsOf, type Writer, writerOf } from '../../pipeline/graph/writers.ts';
import { type Found, faulty, type Link, type Probe, waiting, well } from '../link.ts';
import { missingObjects } from '../missing-objects.ts';
import { tellingRun } from './telling-run.ts';

/** Tables that pipelines fill: are they in the catalog, with every commit, and are their objects in the lake? */
export const probeCatalog: Probe = async (engine, pipeline) => {
  const links: Link[] = [];
  for (const table of addressed([pipeline], 'table')) {
    const writer = writerOf(engine.pipelines, table.address);
    if (writer === undefined) continue;
    links.push({ kind: 'catalog', address: table.address, ...(await look(engine, table, writer)) });
  }
  return links;
};

async function look(engine: Engine, table: Addressed<'table'>, writer: Writer): Promise<Found> {
  const catalog = await engine.catalog();
  const { database, name } = table.definition;
  if ((await catalog.table(database, name)) !== undefined) await registerShared(engine, [tableName(table)]);
  const heads = await headsOf(engine, table);
  if (heads.every(({ next }) => next === 0)) return waiting(`nothing was committed to ${tableName(table)} yet`);
  let behind = await unregistered(engine, table, heads);
  // Registered right after it was committed: by whoever is at work, or who ended between the two looks.
  if (behind > 0 && !(await isBeingWritten(engine, writer))) behind = await unregistered(engine, table, heads);
  else if (behind > 0) return well(`${counted(behind, 'commit')} on the way`);
  if ((await catalog.table(database, name)) === undefined)
    return faulty(`${tableName(table)} is not in the catalog`, 'playhead rebuild');
  // A source registers what a run of it left behind before it goes on after that.
  const remedy = writer.kind === 'source' ? `playhead run ${writer.address}` : 'playhead rebuild';
  if (behind > 0) return faulty(`${counted(behind, 'commit')} not registered`, remedy);
  return contentFound(engine, table, writer);
}

interface Head {
  readonly series: string;
  readonly next: number;
}

async function headsOf(engine: Engine, { address, definition }: Addressed<'table'>): Promise<readonly Head[]> {
  const lake = await engine.lake();
  const heads: Head[] = [];
  for (const { series } of await contributorsOf(engine.pipelines, address, definition, lake))
    heads.push({ series, next: (await openSeries(lake, series, engine.effects).head()).next });
  return heads;
}

/** Commits that the catalog has not taken in. */
async function unregistered(
  engine: Engine,
  { definition: { database, name } }: Addressed<'table'>,
  heads: readonly Head[],
): Promise<number> {
  const catalog = await engine.catalog();
  const exists = (await catalog.table(database, name)) !== undefined;
  let behind = 0;
  for (const { series, next } of heads)
    behind += Math.max(0, next - 1 - (exists ? await catalog.registeredUpTo(database, name, series) : -1));
  return behind;
}

/** A run of it, or another command that holds its lease: a replay, an erasure. */
async function isBeingWritten(engine: Engine, writer: Writer): Promise<boolean> {
  const { isAtWork } = await tellingRun(engine, writer.address);
  return isAtWork || (await isLeased(await engine.lake(), writer.address, engine.effects));
}

async function isLeased(lake: ObjectStore, name: string, effects: Effects): Promise<boolean> {
  const lease = (await readLease(lake, name))?.value;
  return lease !== undefined && !lease.released && !(await isDead(lease.holder, effects));
}

/** What a table holds, and whether the lake has it. */
async function contentFound(engine: Engine, table: Addressed<'table'>, writer: Writer): Promise<Found> {
  const objects = await registeredObjects(engine, table);
  const [gone, ...others] = await lacking(engine, table, objects);
  if (gone !== undefined) {
    const more = others.length === 0 ? '' : ` and ${counted(others.length, 'more object')}`;
    const putBack = 'put them back from a backup of the lake; `playhead ledger` names them';
    return faulty(
      `the lake lacks ${gone.key}${more} as committed`,
      writer.kind === 'delivery' ? 'playhead repair' : putBack,
    );
  }
  const { database, name } = table.definition;
  const rows = objects.reduce((sum, object) => sum + object.rows, 0);
  const partitions = (await (await engine.catalog()).partitions(database, name)).length;
  const finding = `${partitions === 0 ? '' : `${counted(partitions, 'partition')}, `}${counted(rows, 'row')}`;
  return rows > 0 ? well(finding) : faulty(finding, `playhead logs ${writer.address}`);
}

/** Objects that are gone; not those that the catalog has let go of since they were read there. */
async function lacking(
  engine: Engine,
  table: Addressed<'table'>,
  objects: readonly TableObject[],
): Promise<readonly TableObject[]> {
  const gone = await missingObjects(await engine.lake(), table.definition.location, objects);
  if (gone.length === 0) return gone;
  const still = new Set((await registeredObjects(engine, table)).map(({ key, etag }) => `${etag} ${key}`));
  return gone.filter(({ key, etag }) => still.has(`${etag} ${key}`));
}
