import { isDeepStrictEqual } from 'node:util';
import type { Catalog } from '../../catalog/catalog.ts';
import { type DuckSession, sqlIdentifier } from '../../duck/duck.ts';
import { parquetRows } from '../../duck/file-rows.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import { duckColumns } from '../../record/columns.ts';
import { soundVersionFile } from '../../table/retained.ts';
import type { BoundJob } from '../bound-job.ts';
import type { JobPlan } from '../job-plan.ts';
import type { LookedUp, PlannedLookUp } from './derived-plan.ts';

/** The tables that the SELECT looks up, as they stand. */
export async function plannedLookUps(
  { lookUps = [] }: BoundJob,
  select: JobPlan['select'],
  catalog: Catalog,
): Promise<readonly PlannedLookUp[]> {
  const planned: PlannedLookUp[] = [];
  for (const { identifier, database, name } of select.lookUps ?? []) {
    const table = lookUps.find((each) => each.database === database && each.name === name);
    if (table === undefined) continue;
    planned.push({ identifier, record: table.record, ...(await lookedUp(catalog, { database, name })) });
  }
  return planned;
}

async function lookedUp(catalog: Catalog, { database, name }: Pick<LookedUp, 'database' | 'name'>): Promise<LookedUp> {
  const objects = await catalog.objects(database, name);
  return { database, name, objects: objects.map(({ key, etag }) => ({ key, etag })) };
}

/** Whether a table holds something else by now than when it was looked up. */
export async function haveChanged(lookUps: readonly LookedUp[], catalog: Catalog): Promise<boolean> {
  for (const before of lookUps) {
    const now = await lookedUp(catalog, before);
    if (!isDeepStrictEqual(before, now)) return true;
  }
  return false;
}

/** Makes their views on a session; one of an empty table has its columns and no row. */
export async function prepareLookUps(
  session: DuckSession,
  lookUps: readonly PlannedLookUp[],
  store: ObjectStore,
): Promise<void> {
  for (const { identifier, record, objects } of lookUps) {
    const paths: string[] = [];
    for (const object of objects) paths.push(await soundVersionFile(store, object));
    const columns = duckColumns(record).map(({ name, type }) => {
      const value = paths.length === 0 ? 'NULL' : sqlIdentifier(name);
      return `CAST(${value} AS ${type}) AS ${sqlIdentifier(name)}`;
    });
    const rows = paths.length === 0 ? 'WHERE false' : `FROM ${parquetRows(paths)}`;
    await session.run(`CREATE OR REPLACE VIEW ${sqlIdentifier(identifier)} AS SELECT ${columns.join(', ')} ${rows}`);
  }
}
