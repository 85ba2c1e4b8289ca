import { counted, formatCount } from '../base/units.ts';
import type { DerivedFigures } from '../check/derived-figures.ts';
import { type Account, addsUp } from '../ledger/account.ts';
import type { Style } from './output.ts';

const parts = ['delivered', 'quarantined', 'deduplicated', 'pending', 'erased', 'expired', 'lost'] as const;

const meanings: Readonly<Record<(typeof parts)[number], string>> = {
  delivered: 'rows in the table',
  quarantined: 'set aside, with the reason',
  deduplicated: 'the same record again',
  pending: 'still on the way',
  erased: 'removed on request',
  expired: 'past their retention',
  lost: 'given up, by command',
};

/** The account of a path as a sum, with the verdict under it. */
export function accountText(account: Account, style: Style): string {
  const isBound = (part: string): boolean => account.atMost?.parts.some((bound) => bound === part) ?? false;
  const countOf = (part: 'produced' | (typeof parts)[number]): string =>
    `${isBound(part) ? '≤ ' : ''}${formatCount(account[part])}`;
  const width = Math.max(...(['produced', ...parts] as const).map((part) => countOf(part).length));
  const line = (sign: string, name: 'produced' | (typeof parts)[number], meaning: string): string => {
    const value = account[name];
    const text = `${sign} ${name.padEnd(13)}${countOf(name).padStart(width)}   ${style.dim(meaning)}`;
    return `  ${value === 0 ? style.dim(text) : text}`;
  };
  return [
    style.bold(`${account.stream} → ${account.table}`),
    line(' ', 'produced', 'records that the stream took'),
    ...parts.map((part, i) => line(i === 0 ? '=' : '+', part, meanings[part])),
    `  ${verdict(account, style)}`,
    ...account.problems.map((problem) => `    ${problem}`),
  ].join('\n');
}

function verdict(account: Account, style: Style): string {
  if (!addsUp(account)) return `${style.red('✗')} it does not add up${missingText(account.missing)}`;
  if (account.produced === 0) return `${style.dim('·')} no record has come here yet: there is nothing to account for`;
  return `${style.green('✓')} it adds up: ${counted(account.produced, 'record')}, each accounted for${ofBounds(account)}`;
}

/** How far the parts that are bounds are true: positions are given up, and not each has a record. */
function ofBounds({ atMost, expired, lost }: Account): string {
  if (atMost === undefined) return '';
  const positions = atMost.parts
    .map((part) => `${formatCount({ expired, lost }[part])} that are ${part}`)
    .join(' and ');
  return `; ${formatCount(atMost.records)} are nowhere but in positions of the log: ${positions}`;
}

/** What a table that is made of the account's last one stands on, in a line. */
export function derivedText(figures: DerivedFigures, style: Style): string {
  const { table, from, read, rows, partitions, restatements, pending, faults } = figures;
  const sign = faults.length === 0 ? style.green('✓') : style.red('✗');
  const parts = [
    `${counted(rows, 'row')} in ${counted(partitions, 'partition')} made from ${counted(read, 'row')} of ${from}`,
    ...(restatements === 0 ? [] : [`made anew ${counted(restatements, 'time')}`]),
    ...(pending === 0 ? [] : [`${counted(pending, 'partition')} of ${from} to come`]),
  ];
  return `  ${sign} ${table}: ${parts.join(', ')}`;
}

function missingText(missing: number): string {
  if (missing === 0) return '';
  return `: ${formatCount(Math.abs(missing))} records ${missing < 0 ? 'too many' : 'unaccounted for'}`;
}
