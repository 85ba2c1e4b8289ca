import type { PartitionState, StreamAccount } from '../stream/stream.ts';
import type { DeliveryLedger } from './delivery-ledger.ts';
import type { Fault } from './fault.ts';

/** What is wrong with a log by itself. */
export function logFaults(topic: string, account: StreamAccount): Fault[] {
  const faults: Fault[] = account.holes.map(({ partition, from, until, reason }) => ({
    kind: 'log-hole' as const,
    message: `the log of ${topic} lacks partition ${partition}, positions ${from} to ${until}: ${reason}`,
    rows: Number(until - from),
    place: { topic, partition, from: String(from), until: String(until) },
  }));
  for (const { source, sequences, hours } of account.sources) {
    const logged = hours.reduce((sum, line) => sum + line.logged, 0);
    if (logged === sequences) continue;
    const message = `${topic} logged ${logged} records of ${source}, and knows ${sequences} of its sequences`;
    faults.push({ kind: 'log-unbalanced', message, place: { topic } });
  }
  const logged = account.sources.flatMap(({ hours }) => hours).reduce((sum, line) => sum + line.logged, 0);
  if (account.appended !== undefined && logged !== account.appended) {
    const message = `${topic} logged ${logged} records of its sources, its partitions took ${account.appended}`;
    faults.push({ kind: 'log-unbalanced', message, place: { topic } });
  }
  return faults;
}

/** Partitions whose log ends before what the delivery's commits have passed: it was cut, or an older copy put back. */
export function cutFaults(
  topic: string,
  partitions: readonly PartitionState[],
  positions: ReadonlyMap<number, bigint>,
  { sums }: DeliveryLedger,
): Fault[] {
  return partitions.flatMap(({ partition, end }) => {
    const stands = positions.get(partition);
    if (stands === undefined || stands <= end) return [];
    const passing = sums.pastEnd.get(partition);
    const place = { topic, partition, from: String(end), until: String(stands) };
    const message = `the log of ${topic} ends at ${end} in partition ${partition}, ${stands} was delivered`;
    return [
      {
        kind: 'log-cut' as const,
        message,
        rows: Number(stands - end),
        place: passing === undefined ? place : { ...place, ...passing },
      },
    ];
  });
}

/** Records past a delivery's positions that the log says it holds and can't give. */
export function unreadableRecords(account: StreamAccount, positions: ReadonlyMap<number, bigint>): number {
  return account.holes.reduce((sum, { partition, from, until }) => {
    const stands = positions.get(partition) ?? 0n;
    const start = from > stands ? from : stands;
    return sum + (until > start ? Number(until - start) : 0);
  }, 0);
}
