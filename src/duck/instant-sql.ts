import { epochUnits } from '../record/epoch.ts';
import type { Field } from '../record/type.ts';
import { sqlIdentifier } from './duck.ts';

/** SQL of the instant that a typed column tells, ms since 1970: ISO text, a time, a date, or a count since then. NULL where it tells none. */
export function instantMsSql(name: string, of: Field | undefined): string {
  const column = sqlIdentifier(name);
  if (of?.type === 'bigint' && of.epoch !== undefined) return `(${column} / ${epochUnits[of.epoch] / 1000})`;
  return `epoch_ms(TRY_CAST(${column} AS TIMESTAMPTZ))`;
}
