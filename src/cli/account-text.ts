import { formatCount } from '../base/units.ts';
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
  const good = addsUp(account);
  const verdict = good
    ? `  ${style.green('✓')} it adds up: ${formatCount(account.produced)} records, each accounted for`
    : `  ${style.red('✗')} it does not add up${missingText(account.missing)}`;
  return [
    style.bold(`${account.stream} → ${account.table}`),
    line(' ', 'produced', account.produced, 'records that the stream took'),
    ...parts.map((part, i) => line(i === 0 ? '=' : '+', part, account[part], meanings[part])),
    verdict,
    ...account.problems.map((problem) => `    ${problem}`),
  ].join('\n');
}

function missingText(missing: number): string {
  if (missing === 0) return '';
  return `: ${formatCount(Math.abs(missing))} records ${missing < 0 ? 'too many' : 'unaccounted for'}`;
}
