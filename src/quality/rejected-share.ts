import { formatCount } from '../base/units.ts';
import type { CheckDefinition, TableCheck } from './definition.ts';
import { type Found, mostSamples } from './outcome.ts';
import type { ReadRecords, Refusal } from './table-view.ts';

export type RejectedCheck = Extract<TableCheck, { kind: 'rejected' }>;

const shownPartitions = 5;

/** Whether a check keeps a partition out of the table by itself, so that the others go on without it. */
export function holdsBack(check: CheckDefinition): check is RejectedCheck {
  return check.kind === 'rejected' && check.per === 'partition' && check.severity === 'fail';
}

/** What of a run's reading breaks the check: partitions of the input, or all of it as one. */
export function overLimit({ most, per }: RejectedCheck, read: readonly ReadRecords[]): readonly ReadRecords[] {
  return (per === 'run' ? [summed(read)] : read).filter(({ records, rejected }) => rejected > most * records);
}

export function rejectedOutcome(check: RejectedCheck, read: readonly ReadRecords[] = []): Found {
  const all = summed(read);
  if (all.records === 0) return { verdict: 'unknown', broken: 0, samples: [], found: 'no record read' };
  const tooMany = overLimit(check, read);
  if (tooMany.length === 0) return { verdict: 'passed', broken: 0, samples: [], found: refusedText(all) };
  const found = tooMany.slice(0, shownPartitions).map(refusedText);
  const more = tooMany.length > found.length ? [`${tooMany.length - found.length} partitions more`] : [];
  return {
    verdict: 'broken',
    broken: summed(tooMany).rejected,
    samples: tooMany.flatMap(({ reasons }) => reasons.map(reasonText)).slice(0, mostSamples),
    found: `${[...found, ...more].join('; ')}; at most ${Number((100 * check.most).toFixed(2))} % may be`,
    ...(holdsBack(check) ? { heldBack: tooMany.map(({ partition }) => partition) } : {}),
  };
}

function summed(read: readonly ReadRecords[]): ReadRecords {
  const sum = (of: 'records' | 'rejected'): number => read.reduce((total, each) => total + each[of], 0);
  const reasons = new Map<string, Refusal>();
  for (const reason of read.flatMap((each) => each.reasons)) {
    const key = JSON.stringify([reason.path, reason.rule]);
    const before = reasons.get(key);
    reasons.set(key, before === undefined ? reason : { ...before, times: before.times + reason.times });
  }
  const frequent = [...reasons.values()].toSorted((a, b) => b.times - a.times);
  return { partition: '', records: sum('records'), rejected: sum('rejected'), reasons: frequent };
}

function refusedText({ partition, records, rejected }: ReadRecords): string {
  return `${rejected} of ${records} records${partition === '' ? '' : ` of ${partition}`} were refused`;
}

/** `vote_average, wrong_type: once, "8.1" in bronze/…, row 0`. */
function reasonText({ path, rule, times, got, place }: Refusal): string {
  const often = times === 1 ? 'once' : `${formatCount(times)} times, first`;
  return `${[path, rule].filter((part) => part !== '').join(', ')}: ${often} ${got} in ${place}`;
}
