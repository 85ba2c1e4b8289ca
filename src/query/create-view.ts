import { isPlayheadError, PlayheadError } from '../base/errors.ts';
import { readsItself } from '../sql/expand-views.ts';
import { sqlError } from '../sql/source-position.ts';
import type { QueryStatement } from '../sql/statement.ts';
import { describeQuery } from './describe-query.ts';
import { fixedResult } from './fixed-result.ts';
import { prepareQuery, type QueryKernel } from './prepare.ts';
import type { QueryOptions, QueryResult } from './settings.ts';
import { targetOf } from './target.ts';

/**
 * `CREATE [OR REPLACE] VIEW`: the query is bound before the view is kept, so that a view which is there was right when it
 * was made. Each of its columns needs a name, as in Athena, and none may come twice.
 */
export async function createView(
  kernel: QueryKernel,
  statement: Extract<QueryStatement, { kind: 'create-view' }>,
  options: QueryOptions,
  elapsed: () => number,
): Promise<QueryResult> {
  const { catalog, duck } = kernel.ports;
  const { view, query, replace, comment } = statement;
  const { database, name } = targetOf(kernel, view, options);
  const full = `${database}.${name}`;
  if ((options.parameters ?? []).length > 0)
    throw new PlayheadError('PH_SQL_INVALID', 'a view takes no parameters', {
      hint: 'Write the values into its query.',
    });
  const prepared = await prepareQuery(kernel, query, options);
  await using _held = prepared.held;
  if (prepared.translation.views.includes(full)) throw readsItself([full, full]);
  await using session = await duck.connect();
  await session.run('SET errors_as_json = true');
  await session.run(prepared.setup.join(';\n'));
  const columns = await describeQuery(session, prepared);
  const unnamed = columns.findIndex((column) => /^_col[?\d]/.test(column.name));
  if (unnamed >= 0)
    throw sqlError('PH_SQL_INVALID', `column ${unnamed + 1} of the view has no name: write AS name`, query, undefined);
  try {
    await catalog.putView(
      {
        database,
        name,
        // What stood around the query was blanked; leading lines of blanks are no part of it.
        sql: query.trim(),
        sqlDatabase: options.database ?? kernel.settings.database ?? 'default',
        columns,
        ...(comment === undefined ? {} : { comment }),
      },
      { replace },
    );
  } catch (error) {
    if (!isPlayheadError(error, 'PH_TABLE_EXISTS')) throw error;
    const hint = error.message.endsWith('already') ? { hint: 'CREATE OR REPLACE VIEW puts another in its place.' } : {};
    throw sqlError('PH_TABLE_EXISTS', error.message, query, view.at, hint);
  }
  return fixedResult([], [], elapsed);
}
