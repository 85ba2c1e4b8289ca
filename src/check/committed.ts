import type { Effects } from '../base/effects.ts';
import { deliverySeriesNames } from '../delivery/contributors.ts';
import { openDeliverySeries } from '../delivery/lanes.ts';
import { type AccountLine, objectsIn } from '../delivery/plan.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { CommittedVersion, DeliveryFigures } from '../ledger/account.ts';

/** What the commits of a delivery say, over all of its epochs and lanes. */
export interface Committed {
  readonly figures: Pick<DeliveryFigures, 'logged' | 'delivered' | 'errored' | 'lost'>;
  /** Of the present log. */
  readonly lines: readonly AccountLine[];
  /** Where it began in the present log, by partition. */
  readonly begins: ReadonlyMap<number, bigint>;
  /** Records of logs that stood where the present one does and are gone. */
  readonly ofFormerLogs: number;
  readonly data: readonly CommittedVersion[];
  readonly errors: readonly CommittedVersion[];
}

/** Reads all commits of a delivery. Without a present log, none is a former one: nobody said that it was given up. */
export async function committed(
  lake: ObjectStore,
  delivery: string,
  topicId: string | undefined,
  effects: Effects,
): Promise<Committed> {
  const lines: AccountLine[] = [];
  const former: AccountLine[] = [];
  const begins = new Map<number, bigint>();
  const objects = { data: [] as CommittedVersion[], error: [] as CommittedVersion[], backup: [] as CommittedVersion[] };
  const lost = { present: 0, former: 0 };
  for (const series of await deliverySeriesNames(lake, delivery)) {
    for await (const { n, commit } of openDeliverySeries(lake, series, effects).commits(0)) {
      const ofPresent = topicId === undefined || (commit.topicId ?? topicId) === topicId;
      if (commit.kind === 'flushes') (ofPresent ? lines : former).push(...commit.account);
      for (const { kind, key, etag, rows } of objectsIn(commit))
        objects[kind].push({ key, etag, rows, series, commit: n });
      if (commit.kind === 'loss')
        for (const [, from, until] of commit.lost)
          lost[ofPresent ? 'present' : 'former'] += Number(BigInt(until) - BigInt(from));
      if (commit.kind === 'open' && ofPresent)
        for (const [partition, position] of Object.entries(commit.positions))
          if (!begins.has(Number(partition))) begins.set(Number(partition), BigInt(position));
    }
  }
  const all = [...lines, ...former];
  const sum = (of: 'logged' | 'delivered' | 'errored'): number => all.reduce((total, line) => total + line[of], 0);
  return {
    figures: {
      logged: sum('logged'),
      delivered: sum('delivered'),
      errored: sum('errored'),
      lost: lost.present + lost.former,
    },
    lines,
    begins,
    ofFormerLogs: lost.former + former.reduce((total, { logged }) => total + logged, 0),
    data: objects.data,
    errors: objects.error,
  };
}
