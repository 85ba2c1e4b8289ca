import { counted } from '../../base/units.ts';
import { repackCommits } from '../../commit/packed-commits.ts';
import { openSeries, seriesNames } from '../../commit/series.ts';
import { addressed, resolveAddress } from '../../pipeline/address.ts';
import { applyDefinitions } from '../../pipeline/apply.ts';
import type { Engine } from '../../pipeline/bind.ts';
import { contributorsOf, recordJobs } from '../../pipeline/writers.ts';
import type { Contributor } from '../../table/contribution.ts';
import { rebuild } from '../../table/rebuild.ts';
import { quarantineContributor } from '../../transform/job-plan.ts';
import { ensureQuarantineTable } from '../../transform/register.ts';
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
  const [lake, catalog] = [await engine.lake(), await engine.catalog()];
  const tables: Rebuilt[] = [];
  for (const entry of addressed(engine.pipelines, 'table')) {
    const { address, definition } = entry;
    const contributors = await contributorsOf(engine.pipelines, address, definition, lake);
    if (contributors.length > 0) tables.push(await rebuilt(engine, contributors));
  }
  for (const { address, definition, pipeline } of recordJobs(engine.pipelines)) {
    const target = resolveAddress(engine.pipelines, definition.into, ['table'], pipeline).definition;
    if ((await openSeries(lake, address, engine.effects).head()).next === 0) continue;
    await ensureQuarantineTable(catalog, address, target);
    tables.push(await rebuilt(engine, [quarantineContributor(address, target)]));
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
