import { partitionPath } from '../lake/hive-layout.ts';
import type { CommittedVersion } from '../ledger/account.ts';
import type { Path } from './path.ts';

/** How an account is broken down. */
export const breakdowns = ['source', 'hour', 'object'] as const;
export type Breakdown = (typeof breakdowns)[number];

/** What one source sent into the stream of a path; last, what of other programs was delivered. */
export interface SourceLine {
  readonly source: string;
  readonly sent: number;
  readonly logged: number;
  readonly resent: number;
  readonly addsUp: boolean;
}

/** One hour of arrival, from the stream through the delivery. Without an hour: from before the log kept hours. */
export interface HourLine {
  readonly hour?: string;
  readonly sent: number;
  readonly logged: number;
  readonly resent: number;
  /** Records of the hour that the delivery's commits passed. */
  readonly passed: number;
  readonly delivered: number;
  readonly errored: number;
  readonly erased: number;
  /** Logged and not passed: waiting, expired, or given up. */
  readonly pending: number;
  readonly addsUp: boolean;
}

/** One partition of a job's table, at its version. */
export interface PartitionLine {
  readonly job: string;
  readonly partition: string;
  /** Number of the commit that wrote it last, and how often it was written again. */
  readonly version: number;
  readonly restatements: number;
  readonly read: number;
  readonly written: number;
  readonly quarantined: number;
  readonly deduplicated: number;
  readonly superseded: number;
  readonly replaced: number;
  readonly rows: number;
  readonly addsUp: boolean;
}

/** One object that a commit names, and what each job made of it. */
export interface ObjectLine {
  readonly key: string;
  readonly holds: CommittedVersion['holds'];
  readonly rows: number;
  readonly series: string;
  readonly commit: number;
  readonly flush?: number;
  readonly state: 'there' | 'missing' | 'changed';
  /** By job, replays of its records taken into account. */
  readonly readBy: readonly {
    readonly job: string;
    /** The commit that read it. */
    readonly commit: number;
    readonly read: number;
    readonly written: number;
    readonly quarantined: number;
    readonly deduplicated: number;
  }[];
  readonly addsUp: boolean;
}

export function bySource({ streamAccount, deliveryLedger }: Path): readonly SourceLine[] {
  const lines = (streamAccount?.sources ?? []).map(({ source, hours }) => {
    const sum = (of: 'sent' | 'logged' | 'resent'): number => hours.reduce((total, line) => total + line[of], 0);
    const line = { source, sent: sum('sent'), logged: sum('logged'), resent: sum('resent') };
    return { ...line, addsUp: line.sent === line.logged + line.resent };
  });
  const foreign = [...deliveryLedger.sums.hours.values()].reduce((sum, line) => sum + line.foreign, 0);
  if (foreign === 0) return lines;
  return [...lines, { source: '(another program)', sent: foreign, logged: foreign, resent: 0, addsUp: true }];
}

export function byHour({ streamAccount, deliveryLedger }: Path): readonly HourLine[] {
  const lines = new Map<
    number | undefined,
    Record<'sent' | 'logged' | 'resent' | 'passed' | 'delivered' | 'errored' | 'erased', number>
  >();
  const lineOf = (hourMs: number | undefined) => {
    const line = lines.get(hourMs) ?? { sent: 0, logged: 0, resent: 0, passed: 0, delivered: 0, errored: 0, erased: 0 };
    lines.set(hourMs, line);
    return line;
  };
  for (const { hours } of streamAccount?.sources ?? [])
    for (const { hourMs, sent, logged, resent } of hours) {
      const line = lineOf(hourMs);
      line.sent += sent;
      line.logged += logged;
      line.resent += resent;
    }
  for (const [hourMs, { logged, delivered, errored, erased, foreign }] of deliveryLedger.sums.hours) {
    const line = lineOf(hourMs);
    line.sent += foreign;
    line.logged += foreign;
    line.passed += logged;
    line.delivered += delivered;
    line.errored += errored;
    line.erased += erased;
  }
  const hoursKept = !lines.has(undefined);
  return [...lines]
    .sort(([a], [b]) => (a ?? 0) - (b ?? 0))
    .map(([hourMs, line]) => {
      const pending = line.logged - line.passed;
      return {
        ...(hourMs === undefined ? {} : { hour: new Date(hourMs).toISOString() }),
        ...line,
        pending: hoursKept ? pending : Math.max(0, pending),
        addsUp:
          line.sent === line.logged + line.resent &&
          line.passed === line.delivered + line.errored + line.erased &&
          (pending >= 0 || !hoursKept),
      };
    });
}

export function byPartition({ jobLedgers }: Path): readonly PartitionLine[] {
  return jobLedgers.flatMap(({ address, partitionNames, ledger }) =>
    ledger.partitions
      .map(({ values, ...figures }) => ({
        job: address,
        partition: partitionPath(partitionNames, values),
        ...figures,
        addsUp:
          figures.read === figures.written + figures.quarantined + figures.deduplicated &&
          figures.written - figures.superseded - figures.replaced === figures.rows,
      }))
      .sort((a, b) => (a.partition < b.partition ? -1 : 1)),
  );
}

export function byObject({ deliveryLedger, jobLedgers, faults }: Path): readonly ObjectLine[] {
  const states = new Map(
    faults.flatMap(({ kind, place }) =>
      place.object !== undefined && (kind === 'object-missing' || kind === 'object-changed')
        ? [[place.object, kind === 'object-missing' ? ('missing' as const) : ('changed' as const)] as const]
        : [],
    ),
  );
  const readers = Map.groupBy(
    jobLedgers.flatMap(({ address, ledger }) =>
      ledger.inputs.map(({ key, version, read, written, quarantined, deduplicated }) => {
        return { key, job: address, commit: version, read, written, quarantined, deduplicated };
      }),
    ),
    ({ key }) => key,
  );
  const objects = [...deliveryLedger.objects, ...jobLedgers.flatMap(({ ledger }) => ledger.objects)];
  return objects.map(({ key, holds, rows, series, commit, flush }) => {
    const readBy = byJob((readers.get(key) ?? []).map(({ key: _, ...line }) => line));
    const state = states.get(key) ?? 'there';
    const balanced = readBy.every(
      ({ read, written, quarantined, deduplicated }) => read === rows && read === written + quarantined + deduplicated,
    );
    const place = { series, commit, ...(flush === undefined ? {} : { flush }) };
    return { key, holds, rows, ...place, state, readBy, addsUp: state === 'there' && balanced };
  });
}

/** One line a job: what a replay took out of quarantine counts as what became of it. */
function byJob(lines: ObjectLine['readBy']): ObjectLine['readBy'] {
  return [...Map.groupBy(lines, ({ job }) => job).values()].flatMap((own) => {
    const [first, ...replays] = own;
    if (first === undefined) return [];
    const sum = (of: 'read' | 'written' | 'quarantined' | 'deduplicated'): number =>
      replays.reduce((total, line) => total + line[of], first[of]);
    return {
      ...first,
      read: sum('read'),
      written: sum('written'),
      quarantined: sum('quarantined'),
      deduplicated: sum('deduplicated'),
    };
  });
}
