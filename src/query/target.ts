import type { NamedTable } from '../sql/statement.ts';
import type { QueryKernel } from './prepare.ts';
import type { QueryOptions } from './settings.ts';

/** What a statement makes or writes to, in lower case; a name without a database is of the session's. */
export function targetOf(
  kernel: Pick<QueryKernel, 'settings'>,
  { database, name }: NamedTable,
  options: QueryOptions,
): { readonly database: string; readonly name: string } {
  const owner = database ?? options.database ?? kernel.settings.database ?? 'default';
  return { database: owner.toLowerCase(), name };
}
