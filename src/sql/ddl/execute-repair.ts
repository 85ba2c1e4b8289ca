import type { Effects } from '../../base/effects.ts';
import type { CatalogTable, Partition } from '../../catalog/catalog.ts';
import { isHidden, namedFolder, partitionName } from '../../catalog/partition-value.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import { type DdlContext, type DdlResult, existingTable, listing } from './session.ts';
import type { DdlStatement } from './statement.ts';

/**
 * Adds the partitions that the folders under the table's location name (`year=2025/month=08/`) and the catalog lacks; says
 * each that it added, and each folder that it could not read as a partition. Like Athena it removes none.
 */
export async function repairTable(
  statement: Extract<DdlStatement, { kind: 'repair-table' }>,
  context: DdlContext,
  effects: Effects,
): Promise<DdlResult> {
  const table = await existingTable(statement.table, context);
  const say = (lines: readonly string[]): DdlResult =>
    listing(
      ['result'],
      lines.map((line) => [line]),
    );
  if (table.series !== undefined)
    return say([`Nothing to repair: ${table.name} has exactly the partitions of the commit series ${table.series}`]);
  if (table.partitionKeys.length === 0) return say([`Nothing to repair: ${table.name} is not partitioned`]);
  const found = await partitionFolders(context.lake, table);
  const known = new Set(
    (await context.catalog.partitions(table.database, table.name)).map((each) => JSON.stringify(each.values)),
  );
  const missing = found.partitions.filter((partition) => !known.has(JSON.stringify(partition.values)));
  const added = await context.catalog.addPartitions(table.database, table.name, missing);
  effects.log.log('info', 'table repaired', { table: `${table.database}.${table.name}`, added });
  const nameOf = (partition: Partition): string => `${table.name}:${partitionName(table, partition.values)}`;
  return say([
    ...(missing.length === 0 ? [] : [`Partitions not in metastore:\t${missing.map(nameOf).join('\t')}`]),
    ...missing.map((partition) => `Repair: Added partition to metastore ${nameOf(partition)}`),
    ...found.strange.map((folder) => `Not a partition of ${table.name}: ${folder}`),
    ...(missing.length === 0 && found.strange.length === 0
      ? [`Nothing to repair: ${table.name} has all of its ${found.partitions.length} partitions`]
      : []),
  ]);
}

async function partitionFolders(
  lake: ObjectStore,
  table: CatalogTable,
): Promise<{ readonly partitions: readonly Partition[]; readonly strange: readonly string[] }> {
  const strange: string[] = [];
  let level: Partition[] = [{ values: [], location: table.location }];
  for (const key of table.partitionKeys) {
    const next: Partition[] = [];
    for (const parent of level)
      for await (const location of foldersIn(lake, parent.location)) {
        const folder = namedFolder(location.slice(parent.location.length, -1));
        if (folder?.key === key.name) next.push({ values: [...parent.values, folder.value], location });
        else strange.push(location);
      }
    level = next;
  }
  return { partitions: level, strange };
}

async function* foldersIn(lake: ObjectStore, prefix: string): AsyncGenerator<string> {
  let startAfter: string | undefined;
  do {
    const page = await lake.list(prefix, { delimiter: '/', ...(startAfter === undefined ? {} : { startAfter }) });
    for (const folder of page.prefixes) if (!isHidden(folder.slice(prefix.length))) yield folder;
    startAfter = page.next;
  } while (startAfter !== undefined);
}
