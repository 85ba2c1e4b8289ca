import { sqlString } from '../duck/duck.ts';
import { engineError } from '../sql/engine-error.ts';
import type { QueryKernel } from './prepare.ts';
import type { PreparedQuery } from './prepared-query.ts';
import { queryFailure } from './query-failure.ts';
import { summarise } from './run-query.ts';
import type { QuerySummary } from './settings.ts';

/** Writes a query's rows to one Parquet file; columns without a name are `_col0`, `_col1` … */
export async function writeParquet(
  kernel: QueryKernel,
  prepared: PreparedQuery,
  path: string,
  elapsed: () => number,
): Promise<QuerySummary> {
  const { duck } = kernel.ports;
  await using _held = prepared.held;
  await using session = await duck.connect();
  try {
    await session.run('SET errors_as_json = true');
    await session.run(prepared.setup.join(';\n'));
    const rows = await session.run(
      `COPY (${prepared.translation.sql}) TO ${sqlString(path)} (FORMAT parquet, COMPRESSION snappy)`,
    );
    return await summarise(prepared, rows, rows === 0, elapsed(), duck);
  } catch (error) {
    throw await queryFailure(engineError(error, prepared.translation.sql, 'COPY ('), prepared, kernel.effects);
  }
}
