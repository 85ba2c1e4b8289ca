import type { Effects } from '../base/effects.ts';
import { PlayheadError } from '../base/errors.ts';
import { ignoreMalformedKey } from '../catalog/table-parameters.ts';
import { userError } from '../sql/bind-error.ts';
import type { ReadTable } from '../sql/column-hint.ts';
import { firstBrokenLine } from './first-broken-line.ts';
import type { PreparedQuery } from './prepared-query.ts';
import type { ReadFile, TableRead } from './read-set.ts';
import { fullName } from './read-tables.ts';

/**
 * An engine's error about a prepared query in the user's terms: about the object that can't be read, where it names one,
 * else about the SQL, with its place.
 */
export async function queryFailure(
  error: unknown,
  { reads, source, translation }: Pick<PreparedQuery, 'reads' | 'source' | 'translation'>,
  effects: Pick<Effects, 'fs'>,
): Promise<unknown> {
  const found =
    error instanceof PlayheadError ? unreadable(String(error.details['reason'] ?? error.message), reads) : undefined;
  if (found === undefined) return userError(error, source, translation, columnsOf(reads));
  const { read, file, reason } = found;
  const { table } = read;
  const key = file.key ?? 'a piece of the log';
  const details = { key, table: fullName(table) };
  if (table.format !== 'json' || !/^(Malformed JSON|JSON transform error)/.test(reason))
    return new PlayheadError('PH_SQL_FAILED', `${key} of ${fullName(table)} can't be read: ${reason}`, {
      cause: error,
      details,
      hint: 'Mend or remove the object, or leave its partition out.',
    });
  const line = await firstBrokenLine(file.path, effects);
  const where = line === undefined ? 'a line' : `line ${line}`;
  return new PlayheadError('PH_SQL_FAILED', `${where} of ${key} of ${fullName(table)} is not a JSON object`, {
    cause: error,
    details: { ...details, ...(line === undefined ? {} : { objectLine: line }) },
    hint:
      table.series === undefined
        ? `ALTER TABLE ${fullName(table)} SET TBLPROPERTIES ('${ignoreMalformedKey}' = 'true') reads such lines as rows of NULLs and counts them under the result.`
        : 'What a delivery or job writes is whole objects: playhead doctor says what else was changed.',
  });
}

/** Every column that a query's tables have, for hints about those that they have not. */
export function columnsOf(reads: readonly TableRead[]): readonly ReadTable[] {
  return reads.map(({ table }) => ({
    name: fullName(table),
    columns: [...table.columns, ...table.partitionKeys].map(({ name }) => name),
  }));
}

/** The file that DuckDB's words name, and those words with its key in place of the path. */
function unreadable(
  said: string,
  reads: readonly TableRead[],
): { readonly read: TableRead; readonly file: ReadFile; readonly reason: string } | undefined {
  for (const read of reads)
    for (const file of read.files)
      if (said.includes(file.path))
        return {
          read,
          file,
          reason: (said.split('\n')[0] ?? said).replaceAll(file.path, file.key ?? 'the log').trim(),
        };
  return undefined;
}
