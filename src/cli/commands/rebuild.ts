import { counted } from '../../base/units.ts';
import { repackCommits } from '../../commit/packed-commits.ts';
import { openSeries, seriesNames } from '../../commit/series.ts';
import { deliverySeriesNames } from '../../delivery/contributors.ts';
import { ensureErrored } from '../../delivery/quarantine.ts';
import { applyDefinitions } from '../../pipeline/apply/apply.ts';
import type { Engine } from '../../pipeline/engine/bind.ts';
import { type Addressed, addressed } from '../../pipeline/graph/address.ts';
import { contributorsOf, isDerived, quarantineContributorsOf, writerOf } from '../../pipeline/graph/writers.ts';
import type { Contributor } from '../../table/contribution.ts';
import { rebuild } from '../../table/rebuild.ts';
import { ensureQuarantined } from '../../transform/register.ts';
import type { Command } from '../command.ts';

interface Rebuilt {
  readonly table: string;
  readonly commits: number;
  readonly partitions: number;
  readonly objects: number;
  readonly rows: number;
}

export const command: Command = async (_, context) => {
  const engine = await context.engine();
  await applyDefinitions(engine);
  const lake = await engine.lake();
  const tables: Rebuilt[] = [];
  for (const entry of addressed(engine.pipelines, 'table')) {
    const { address, definition } = entry;
    const contributors = await contributorsOf(engine.pipelines, address, definition, lake);
    if (contributors.length > 0) tables.push(await rebuilt(engine, contributors));
  }
  for (const entry of addressed(engine.pipelines, 'table')) {
    const contributors = await quarantineContributorsOf(engine.pipelines, entry.address, entry.definition, lake);
    if (!(await ensureSetAside(engine, entry))) continue;
    tables.push(await rebuilt(engine, contributors));
  }
  for await (const name of seriesNames(lake)) {
    const { next } = await openSeries(lake, name, engine.effects).head();
    await repackCommits(lake, name, next, engine.effects);
  }
  return {
    data: { tables },
    text: tables.length === 0 ? 'Nothing was delivered or published yet.' : tables.map(rebuiltText).join('\n'),
  };
};

/** Whether the table's writer ran, and may have kept something out of it: then there is a table of that. */
async function ensureSetAside(engine: Engine, { address, definition }: Addressed<'table'>): Promise<boolean> {
  const [lake, catalog] = [await engine.lake(), await engine.catalog()];
  const writer = writerOf(engine.pipelines, address);
  if (writer?.kind === 'delivery') {
    if ((await deliverySeriesNames(lake, writer.address)).length === 0) return false;
    await ensureErrored(catalog, writer.address, writer.definition, definition);
    return true;
  }
  if (writer?.kind !== 'job' || isDerived(engine.pipelines, writer)) return false;
  if ((await openSeries(lake, writer.address, engine.effects).head()).next === 0) return false;
  await ensureQuarantined(catalog, writer.address, definition);
  return true;
}

/** Makes one table anew from its series. */
async function rebuilt(engine: Engine, contributors: readonly Contributor[]): Promise<Rebuilt> {
  const [first] = contributors;
  if (first === undefined) throw new RangeError('a table without a series');
  const { database, table: name } = first;
  const catalog = await engine.catalog();
  const [commits = 0] = (await rebuild(catalog, await engine.lake(), contributors, engine.effects)).values();
  const objects = await catalog.objects(database, name);
  return {
    table: `${database}.${name}`,
    commits,
    partitions: (await catalog.partitions(database, name)).length,
    objects: objects.length,
    rows: objects.reduce((sum, { rows }) => sum + rows, 0),
  };
}

function rebuiltText({ table, commits, partitions, objects, rows }: Rebuilt): string {
  const made = `${counted(rows, 'row')} in ${counted(objects, 'object')}${partitions === 0 ? '' : `, ${counted(partitions, 'partition')}`}`;
  return `${table}: ${made}, from ${counted(commits, 'commit')}`;
}
