import assert, { AssertionError } from 'node:assert/strict';
import { type Account, addsUp } from '../ledger/account.ts';
import type { SqlValue } from '../sql/engine.ts';

export type Row = Readonly<Record<string, SqlValue>>;

/** The summands of an account, as a test expects them. */
export type ExpectedFigures = Partial<
  Pick<Account, 'produced' | 'delivered' | 'quarantined' | 'deduplicated' | 'pending' | 'erased' | 'expired' | 'lost'>
>;

/** Compares and, where it differs, fails with `what` over the difference, line by line. */
function assertSame(what: string, actual: unknown, expected: unknown, from: (...args: never[]) => unknown): void {
  try {
    assert.deepEqual(actual, expected);
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error;
    const { message } = error;
    throw new AssertionError({
      message: `${what}\n${message}`,
      actual,
      expected,
      operator: 'deepStrictEqual',
      stackStartFn: from,
    });
  }
}

/**
 * Fails unless the rows are the expected ones, by the columns that the expected ones name. `inOrder`: also in their
 * order; a table has none.
 */
export function assertSameRows(what: string, rows: readonly Row[], expected: readonly Row[], inOrder: boolean): void {
  const columns = new Set(expected.flatMap((row) => Object.keys(row)));
  const shown = rows.map((row) =>
    expected.length === 0 ? row : Object.fromEntries(Object.entries(row).filter(([name]) => columns.has(name))),
  );
  const arranged = (some: readonly Row[]): readonly Row[] => {
    const sorted = some.map((row) => Object.fromEntries(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1))));
    return inOrder ? sorted : sorted.sort((a, b) => (rowText(a) < rowText(b) ? -1 : 1));
  };
  const counts = rows.length === expected.length ? 'other rows' : `${rows.length} rows, ${expected.length} expected`;
  assertSame(`${what}: ${counts}`, arranged(shown), arranged(expected), assertSameRows);
}

function rowText(row: Row): string {
  return JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}

/** Fails unless each account adds up, with the sum as it stands and what contradicts it. */
export function assertAccounts(accounts: readonly Account[]): void {
  const wrong = accounts.filter((account) => !addsUp(account));
  if (wrong.length === 0) return;
  throw new AssertionError({
    message: wrong.map(brokenText).join('\n\n'),
    actual: wrong.map(({ missing, problems }) => ({ missing, problems })),
    expected: wrong.map(() => ({ missing: 0, problems: [] })),
    operator: 'addsUp',
    stackStartFn: assertAccounts,
  });
}

/** Fails unless the account has these figures; those that are not named may be anything. */
export function assertFigures(account: Account, expected: ExpectedFigures): void {
  const names = Object.keys(expected) as (keyof ExpectedFigures)[];
  const actual = Object.fromEntries(names.map((name) => [name, account[name]]));
  assertSame(`${account.stream} → ${account.table}: other figures`, actual, { ...expected }, assertFigures);
}

function brokenText({ stream, table, missing, problems, ...figures }: Account): string {
  const { produced, delivered, quarantined, deduplicated, pending, erased, expired, lost } = figures;
  const sum = Object.entries({ delivered, quarantined, deduplicated, pending, erased, expired, lost })
    .filter(([name, count]) => name === 'delivered' || count !== 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(' + ');
  const verdict = missing === 0 ? '' : `, ${Math.abs(missing)} ${missing < 0 ? 'too many' : 'unaccounted for'}`;
  return [
    `${stream} → ${table} does not add up`,
    `  ${produced} produced ${missing === 0 ? '=' : '≠'} ${sum}${verdict}`,
    ...problems.map((problem) => `  ${typeof problem === 'string' ? problem : JSON.stringify(problem)}`),
  ].join('\n');
}
