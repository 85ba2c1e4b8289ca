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
  const width = Math.max(
    ...parts.map((part) => formatCount(account[part]).length),
    formatCount(account.produced).length,
  );
  const line = (sign: string, name: string, value: number, meaning: string): string => {
    const text = `${sign} ${name.padEnd(13)}${formatCount(value).padStart(width)}   ${style.dim(meaning)}`;
    return `  ${value === 0 ? style.dim(text) : text}`;
  };
  return [
    style.bold(`${account.stream} → ${account.table}`),
    line(' ', 'produced', account.produced, 'records that the stream took'),
    ...parts.map((part, i) => line(i === 0 ? '=' : '+', part, account[part], meanings[part])),
    `  ${verdict(account, style)}`,
    ...account.problems.map((problem) => `    ${problem}`),
  ].join('\n');
}

function verdict(account: Account, style: Style): string {
  if (!addsUp(account)) return `${style.red('✗')} it does not add up${missingText(account.missing)}`;
  if (account.produced === 0) return `${style.dim('·')} no record has come here yet: there is nothing to account for`;
  return `${style.green('✓')} it adds up: ${counted(account.produced, 'record')}, each accounted for`;
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
