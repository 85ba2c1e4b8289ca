import type { CatalogTable, Column, Partition } from '../../catalog/catalog.ts';
import { changeTable } from '../../catalog/change-table.ts';
import { partitionName, samePartitionValue } from '../../catalog/partition-value.ts';
import { lakePrefix } from './location.ts';
import { refusal } from './refusal.ts';
import { type DdlContext, type DdlResult, existingTable, nothingToShow, refuseOwned } from './session.ts';
import type { DdlStatement, PartitionSpec } from './statement.ts';

type Of<K extends DdlStatement['kind']> = Extract<DdlStatement, { kind: K }>;

export async function addPartitions(statement: Of<'add-partitions'>, context: DdlContext): Promise<DdlResult> {
  const table = await existingTable(statement.table, context);
  refuseOwned(table, statement.table.place, 'ADD PARTITION');
  const known = [...(await context.catalog.partitions(table.database, table.name))];
  const added: Partition[] = [];
  for (const { spec, location } of statement.partitions) {
    const values = wholeSpec(table, spec);
    const path = partitionName(table, values);
    const there = known.find((other) => matches(table, spec, other));
    if (there === undefined) {
      const partition = {
        values,
        location: location === undefined ? `${table.location}${path}/` : lakePrefix(location, spec.place),
      };
      known.push(partition);
      added.push(partition);
    } else if (!statement.ifNotExists)
      throw refusal('PH_SQL_INVALID', spec.place, `${table.name} has the partition ${path} already`, 'IF NOT EXISTS');
  }
  await context.catalog.addPartitions(table.database, table.name, added);
  return nothingToShow;
}

export async function dropPartitions(statement: Of<'drop-partitions'>, context: DdlContext): Promise<DdlResult> {
  const table = await existingTable(statement.table, context);
  refuseOwned(table, statement.table.place, 'DROP PARTITION');
  const partitions = await context.catalog.partitions(table.database, table.name);
  const dropped = statement.partitions.flatMap((spec) => {
    checkKeys(table, spec);
    const meant = partitions.filter((partition) => matches(table, spec, partition));
    if (meant.length === 0 && !statement.ifExists)
      throw refusal('PH_SQL_INVALID', spec.place, `${table.name} has no partition ${specText(spec)}`, 'IF EXISTS');
    return meant.map((partition) => partition.values);
  });
  await context.catalog.dropPartitions(table.database, table.name, dropped);
  return nothingToShow;
}

/** Of the table, or of one partition, which is dropped and added anew. */
export async function setLocation(statement: Of<'set-location'>, context: DdlContext): Promise<DdlResult> {
  const table = await existingTable(statement.table, context);
  refuseOwned(table, statement.table.place, 'SET LOCATION');
  const location = lakePrefix(statement.location, statement.table.place);
  const spec = statement.partition;
  if (spec === undefined) {
    await changeTable(context.catalog, table.database, table.name, (current) => ({ ...current, location }));
    return nothingToShow;
  }
  wholeSpec(table, spec);
  const partitions = await context.catalog.partitions(table.database, table.name);
  const meant = partitions.find((partition) => matches(table, spec, partition));
  if (meant === undefined)
    throw refusal('PH_SQL_INVALID', spec.place, `${table.name} has no partition ${specText(spec)}`);
  await context.catalog.dropPartitions(table.database, table.name, [meant.values]);
  await context.catalog.addPartitions(table.database, table.name, [{ values: meant.values, location }]);
  return nothingToShow;
}

function checkKeys(table: CatalogTable, spec: PartitionSpec): void {
  const keys = table.partitionKeys.map((key) => key.name);
  const unknown = spec.values.find(({ key }) => !keys.includes(key));
  if (unknown === undefined) return;
  throw refusal(
    'PH_SQL_INVALID',
    spec.place,
    `${table.name} is not partitioned by ${unknown.key}`,
    keys.length === 0 ? 'it has no partitions' : `it is partitioned by ${keys.join(', ')}`,
  );
}

/** The values in the order of the table's keys. Each key is there once and fits its type. */
function wholeSpec(table: CatalogTable, spec: PartitionSpec): readonly string[] {
  checkKeys(table, spec);
  return table.partitionKeys.map((key) => {
    const given = spec.values.filter((value) => value.key === key.name);
    const value = given[0]?.value;
    if (value === undefined || given.length > 1)
      throw refusal('PH_SQL_INVALID', spec.place, `the partition needs ${key.name} once: ${specText(spec)}`);
    checkValue(key, value, spec);
    return value;
  });
}

function checkValue(key: Column, value: string, spec: PartitionSpec): void {
  const fits: Readonly<Record<string, RegExp>> = {
    tinyint: /^-?\d{1,3}$/,
    smallint: /^-?\d{1,5}$/,
    int: /^-?\d{1,10}$/,
    bigint: /^-?\d{1,19}$/,
    date: /^\d{4}-\d{2}-\d{2}$/,
    boolean: /^(true|false)$/i,
  };
  if (fits[key.type]?.test(value) === false)
    throw refusal('PH_SQL_INVALID', spec.place, `${key.name} is ${key.type}: ${JSON.stringify(value)} does not fit`);
}

function matches(table: CatalogTable, spec: PartitionSpec, partition: Partition): boolean {
  return spec.values.every(({ key, value }) => {
    const index = table.partitionKeys.findIndex((each) => each.name === key);
    const type = table.partitionKeys[index]?.type ?? 'string';
    return samePartitionValue(type, partition.values[index] ?? '', value);
  });
}

function specText(spec: PartitionSpec): string {
  return spec.values.map(({ key, value }) => `${key}=${value}`).join('/');
}
