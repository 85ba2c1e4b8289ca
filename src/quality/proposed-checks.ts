import { vocabularyDoubt } from '../duck/closed-vocabulary.ts';
import { type DuckSession, sqlIdentifier, sqlString } from '../duck/duck.ts';
import { usualFreshness } from './freshness.ts';
import type { ColumnProfile } from './profile.ts';

/** Values of a set: as many at most, each seen often enough to believe that there are no others. */
const mostOfSet = 5;
const timesSeen = 10;

interface Proposal {
  /** As it stands in a definition. */
  readonly text: string;
  /** SQL of whether the rows keep it; absent where the profile, which counted all of them, says so. */
  readonly holds?: string;
}

/**
 * Checks that all of a relation's rows pass, as text of a definition: to be read and thought over, not taken. The profile,
 * in part estimated, says what may be one; what it can't say for certain is asked of the rows. `nowMs`: on the clock on
 * which they arrive.
 */
export async function proposedChecks(
  session: DuckSession,
  relation: string,
  profile: readonly ColumnProfile[],
  nowMs: number,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { text, holds } of profile.flatMap((column) => proposals(column, relation, nowMs)))
    if (holds === undefined || (await session.value(`SELECT ${holds}`)) === true) found.push(text);
  return found;
}

function proposals(
  { name, type, rows, nulls, distinct, min, max, top }: ColumnProfile,
  relation: string,
  nowMs: number,
): readonly Proposal[] {
  if (rows === 0 || nulls === rows) return [];
  const found: Proposal[] = [];
  const [quoted, column] = [JSON.stringify(name), sqlIdentifier(name)];
  if (nulls === 0) found.push({ text: `check.notNull(${quoted})` });
  const isSet = type === 'VARCHAR' && top.length > 1 && top.length <= mostOfSet && distinct <= mostOfSet;
  const values = top.map(({ value }) => value).sort();
  if (isSet && top.every((one) => one.rows >= timesSeen) && vocabularyDoubt(name, values) === undefined) {
    const holds = `NOT EXISTS (FROM ${relation} WHERE ${column} NOT IN (${values.map(sqlString).join(', ')}))`;
    found.push({ text: `check.oneOf(${quoted}, ${JSON.stringify(values)})`, holds });
  }
  if (/^(INTEGER|BIGINT|DOUBLE|FLOAT)/.test(type) && min !== null && Number(min) >= 0)
    found.push({ text: `check.range(${quoted}, { min: 0 }) /* seen: ${min} to ${max} */` });
  if (type === 'VARCHAR' && nulls === 0 && distinct > rows * 0.97) {
    const holds = `NOT EXISTS (SELECT 1 FROM ${relation} GROUP BY ${column} HAVING count(*) > 1)`;
    found.push({ text: `check.unique([${quoted}])`, holds });
  }
  if (type.startsWith('TIMESTAMP')) {
    const newest = `(SELECT max(epoch_ms(CAST(${column} AS TIMESTAMPTZ))) FROM ${relation})`;
    found.push({ text: `check.freshness(${quoted})`, holds: `${newest} >= ${nowMs - usualFreshness.warningMs}` });
  }
  return found;
}
