import { counted } from '../../base/units.ts';
import { addressed } from '../../pipeline/address.ts';
import { applyDefinitions } from '../../pipeline/apply.ts';
import { registeredObjects, tableName } from '../../pipeline/table-facts.ts';
import { contributorsOf } from '../../pipeline/writers.ts';
import { rebuild } from '../../table/rebuild.ts';
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
    if (contributors.length === 0) continue;
    const [commits = 0] = (await rebuild(catalog, lake, contributors, engine.effects)).values();
    const objects = await registeredObjects(engine, entry);
    tables.push({
      table: tableName(entry),
      commits,
      partitions: (await catalog.partitions(definition.database, definition.name)).length,
      objects: objects.length,
      rows: objects.reduce((sum, { rows }) => sum + rows, 0),
    });
  }
  return {
    data: { tables },
    text: tables.length === 0 ? 'Nothing was delivered or published yet.' : tables.map(rebuiltText).join('\n'),
  };
};

function rebuiltText({ table, commits, partitions, objects, rows }: Rebuilt): string {
  const made = `${counted(rows, 'row')} in ${counted(objects, 'object')}${partitions === 0 ? '' : `, ${counted(partitions, 'partition')}`}`;
  return `${table}: ${made}, from ${counted(commits, 'commit')}`;
}
