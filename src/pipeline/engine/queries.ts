import { openQueries, type Queries } from '../../query/queries.ts';
import type { QuerySettings } from '../../query/settings.ts';
import type { PipelineDefinition } from '../definition.ts';
import { type Addressed, addressed, resolveAddress } from '../graph/address.ts';
import { deliverySubject } from '../graph/delivery-subject.ts';
import { tableName } from '../graph/table-names.ts';
import type { Kind } from '../shape/sections.ts';
import type { Engine } from './bind.ts';
import { registerShared } from './register-shared.ts';

/** Athena's SQL over everything that the engine's definitions and its catalog know. */
export async function queriesOf(engine: Engine): Promise<Queries> {
  const ports = {
    catalog: await engine.catalog(),
    lake: await engine.lake(),
    duck: await engine.duck(),
    stream: () => engine.stream(),
    registerShared: (tables: readonly string[]) => registerShared(engine, tables),
  };
  const { ring } = await engine.keys();
  // A kept translation is plain text, and a query's text may name a person.
  const kept = ring === undefined ? { cacheDirectory: engine.home.cache } : {};
  return openQueries(ports, { ...querySettings(engine.pipelines), ...kept }, engine.effects);
}

/** What the definitions say that queries need. */
function querySettings(pipelines: readonly PipelineDefinition[]): QuerySettings {
  const tables = addressed(pipelines, 'table');
  const databases = [...new Set(tables.map(({ definition }) => definition.database))];
  const [onlyDatabase] = databases;
  return {
    ...(databases.length === 1 && onlyDatabase !== undefined ? { database: onlyDatabase } : {}),
    workgroups: byName(addressed(pipelines, 'workgroup')),
    queries: byName(addressed(pipelines, 'query')),
    deliveries: addressed(pipelines, 'delivery').map((entry) => deliverySubject(pipelines, entry)),
    landings: landings(pipelines),
    committed: new Set(tables.filter(({ definition }) => definition.objects === 'commits').map(tableName)),
  };
}

/** By the name alone where it is unique, else by the address. */
function byName<K extends Kind>(entries: readonly Addressed<K>[]): Record<string, Addressed<K>['definition']> {
  const unique = (name: string): boolean => entries.filter((other) => other.name === name).length === 1;
  return Object.fromEntries(
    entries.map((entry) => [unique(entry.name) ? entry.name : entry.address, entry.definition]),
  );
}

/** For each table that a job makes, the table that a delivery fills and that it is made from, over any number of jobs. */
function landings(pipelines: readonly PipelineDefinition[]): ReadonlyMap<string, string> {
  const madeFrom = new Map<string, string>();
  for (const { definition, pipeline } of addressed(pipelines, 'job')) {
    const name = (address: string): string => tableName(resolveAddress(pipelines, address, ['table'], pipeline));
    madeFrom.set(name(definition.into), name(definition.from));
  }
  const origin = (table: string, seen: ReadonlySet<string> = new Set()): string => {
    const from = madeFrom.get(table);
    return from === undefined || seen.has(from) ? table : origin(from, new Set([...seen, from]));
  };
  return new Map([...madeFrom.keys()].map((table) => [table, origin(table)]));
}
