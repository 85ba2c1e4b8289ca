import type { Column } from '../catalog/catalog.ts';
import type { DuckSession } from '../duck/duck.ts';
import { athenaType } from '../sql/athena-type.ts';
import { userError } from '../sql/bind-error.ts';
import { engineError } from '../sql/engine-error.ts';
import type { PreparedQuery } from './prepared-query.ts';
import { columnsOf } from './query-failure.ts';

/**
 * The columns of a query whose setup the session has run, names in lower case. The first to bind it, so that what is wrong
 * with it is told here, with its place: PH_SQL_INVALID.
 */
export async function describeQuery(
  session: DuckSession,
  { source, translation, reads }: PreparedQuery,
): Promise<readonly Column[]> {
  const found = await session.all(`DESCRIBE ${translation.sql}`).catch((error: unknown) => {
    throw userError(engineError(error, translation.sql, 'DESCRIBE '), source, translation, columnsOf(reads));
  });
  return found.rows.map(([name, type]) => ({ name: String(name).toLowerCase(), type: athenaType(String(type)) }));
}
