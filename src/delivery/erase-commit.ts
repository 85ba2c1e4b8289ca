import type { AccountLine, CommittedObject, DeliveryCommit } from './plan.ts';

type Column = 'delivered' | 'errored';

/**
 * A flush's commit after an erasure: `gone` gives the rows that its objects lost, by key. The account moves as many records
 * from `delivered` or `errored` to `erased`, so that each line and the commit still add up. Which partition a row came
 * from, no object says: of the lines of the object's hours, the fullest give first.
 */
export function withoutErased(commit: DeliveryCommit, gone: ReadonlyMap<string, number>): DeliveryCommit {
  if (commit.kind !== 'flushes') return commit;
  let { account } = commit;
  for (const object of commit.objects) {
    const rows = gone.get(object.key) ?? 0;
    if (rows > 0 && object.kind !== 'backup') account = moved(account, object, rows);
  }
  return { ...commit, account };
}

const hourMs = 3_600_000;

function moved(account: readonly AccountLine[], object: CommittedObject, rows: number): readonly AccountLine[] {
  const column: Column = object.kind === 'error' ? 'errored' : 'delivered';
  const [oldest, newest] = object.arrivalMs;
  const isWithin = (line: AccountLine): boolean => line.hourMs + hourMs > oldest && line.hourMs <= newest;
  const order = [...account.keys()].sort((a, b) => {
    const [x, y] = [account[a], account[b]];
    if (x === undefined || y === undefined) return 0;
    return Number(isWithin(y)) - Number(isWithin(x)) || y[column] - x[column];
  });
  const lines = [...account];
  let left = rows;
  for (const at of order) {
    const line = lines[at];
    if (line === undefined) continue;
    const taken = Math.min(left, line[column]);
    if (taken > 0) lines[at] = { ...line, [column]: line[column] - taken, erased: (line.erased ?? 0) + taken };
    left -= taken;
  }
  return lines;
}
