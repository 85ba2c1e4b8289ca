import type { RowCounts } from './job-plan.ts';

/** What can become of a record besides a row or being set aside: the same again, or an earlier report of what it says. */
const passedOver = ['deduplicated', 'superseded'];

/** Reason of a record whose key another one has with another payload; other reasons are rules that it breaks. */
export const keyConflict = 'key_conflict';

/** Reason of a record whose key its own object has before it, where each object is a report of its own. */
export const duplicate = 'duplicate';

/** Where an account counts a fate. */
export function columnOf(fate: string): Exclude<keyof RowCounts, 'read'> {
  if (fate === 'written') return 'written';
  return passedOver.includes(fate) ? 'deduplicated' : 'quarantined';
}

/** SQL of whether a fate is no row's, and that of no record that is set aside. */
export function isPassedOver(fate: string): string {
  return `${fate} IN (${passedOver.map((name) => `'${name}'`).join(', ')})`;
}
