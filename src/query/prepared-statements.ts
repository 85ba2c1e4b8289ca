import { suggestion } from '../base/nearest.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { PreparedStatement } from '../sql/prepared-statement.ts';
import { sqlError } from '../sql/source-position.ts';
import { readStatement } from '../sql/statement.ts';
import type { QueryOptions } from './settings.ts';

/** The workgroup of who names none, as in Athena. */
const defaultWorkgroup = 'primary';

type Of<K extends PreparedStatement['kind']> = Extract<PreparedStatement, { kind: K }>;

/** `PREPARE name FROM …`: kept for the workgroup, in the place of one of that name. Its syntax is checked, its names are not yet. */
export async function keepPrepared(
  { name, sql }: Of<'prepare'>,
  catalog: Catalog,
  { workgroup = defaultWorkgroup }: QueryOptions,
): Promise<void> {
  const { checkSyntax } = await import('../sql/bind-parameters.ts');
  const { kind, query } = readStatement(sql);
  if (kind === 'create-view' || kind === 'explain')
    throw sqlError('PH_SQL_UNSUPPORTED', 'PREPARE takes queries, INSERT INTO, CREATE TABLE AS and UNLOAD', sql, 0);
  await checkSyntax(query);
  await catalog.putPrepared(workgroup, name, sql);
}

/** The statement that `EXECUTE` runs. PH_SQL_INVALID, with what there is, where none has the name. */
export async function preparedText(
  { name, at }: Of<'execute'>,
  source: string,
  catalog: Catalog,
  { workgroup = defaultWorkgroup }: QueryOptions,
): Promise<string> {
  const names = await catalog.preparedNames(workgroup);
  return (await catalog.prepared(workgroup, name)) ?? unknown(name, at, source, workgroup, names);
}

export async function dropPrepared(
  { name, at }: Of<'deallocate'>,
  source: string,
  catalog: Catalog,
  { workgroup = defaultWorkgroup }: QueryOptions,
): Promise<void> {
  if (await catalog.dropPrepared(workgroup, name)) return;
  unknown(name, at, source, workgroup, await catalog.preparedNames(workgroup));
}

function unknown(name: string, at: number, source: string, workgroup: string, names: readonly string[]): never {
  const message = `the workgroup ${workgroup} has no prepared statement ${name}`;
  const hint = suggestion(name, names) || 'PREPARE name FROM … keeps one.';
  throw sqlError('PH_SQL_INVALID', message, source, at, { hint });
}
