import { isPlayheadError } from '../base/errors.ts';
import type { DuckSession } from '../duck/duck.ts';
import type { RecordType } from '../record/type.ts';
import type { ConstantRule } from './constant-rules.ts';
import type { RowCheck } from './definition.ts';
import { compileRowRules, type RowRule } from './row-rules.ts';
import { isOfSampled, mentionedIn, sampleRowsSql } from './sample-rows.ts';

/** A check that told none of many made-up rows from the others: it may have been meant otherwise. */
export interface SuspectRule extends ConstantRule {
  /** Rows that were tried. */
  readonly rows: number;
}

const triedRows = 20_000;

/** Texts are made up without regard to their inner form: a rule about it can't be tried with them. */
const asksOfForm =
  /\b(?:not\s+)?(?:like|regexp_\w+|substr(?:ing)?|strpos|position|split\w*|length|starts_with|json_\w+|url_\w+)\b/i;

/**
 * Checks that every one of many rows made up from the record type keeps, or none does. That proves nothing, as
 * `constantRules` does: a rule about a rare coincidence is among them. What it needs and can't be made up (other tables,
 * arrivals, lists, the inner form of texts) is not tried.
 */
export async function suspectRules(
  session: DuckSession,
  checks: readonly RowCheck[],
  record: RecordType,
): Promise<readonly SuspectRule[]> {
  const tried = checks.filter((check) => canBeTried(check));
  const { rules, macros } = await compileRowRules(tried, record);
  for (const macro of macros) await session.run(macro);
  await session.run(`CREATE OR REPLACE TEMP TABLE _made_up AS ${sampleRowsSql(record, mentionedIn(tried), triedRows)}`);
  const found: SuspectRule[] = [];
  for (const rule of rules) {
    if (!isOfSampled(record, rule)) continue;
    const broken = await brokenRows(session, rule);
    if (broken === 0) found.push({ check: rule.name, never: 'fails', rows: triedRows });
    if (broken === triedRows) found.push({ check: rule.name, never: 'passes', rows: triedRows });
  }
  await session.run('DROP TABLE _made_up');
  return found;
}

function canBeTried(check: RowCheck): boolean {
  if (check.kind === 'row') return !asksOfForm.test(check.predicate);
  return check.kind === 'range' || check.kind === 'one-of';
}

/** Undefined where the rule can't be judged on made-up values, as a text that is cast. */
async function brokenRows(session: DuckSession, { holds }: RowRule): Promise<number | undefined> {
  try {
    return Number(await session.value(`SELECT count(*) FROM _made_up WHERE (${holds}) IS NOT DISTINCT FROM false`));
  } catch (error) {
    if (isPlayheadError(error)) return undefined;
    throw error;
  }
}
