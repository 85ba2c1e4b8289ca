import { isPlayheadError } from '../base/errors.ts';
import { type DuckSession, sqlString } from '../duck/duck.ts';

/** Why DuckDB, whose patterns are RE2's, can't match by a pattern; undefined where it can. */
export async function patternFault(session: DuckSession, pattern: string): Promise<string | undefined> {
  try {
    await session.value(`SELECT regexp_matches('', ${sqlString(pattern)})`);
    return undefined;
  } catch (error) {
    if (!isPlayheadError(error)) throw error;
    return `${pattern}: ${error.message}`;
  }
}
