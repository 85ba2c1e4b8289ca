import type { ExpiredObject } from '../govern/lifecycle-series.ts';
import type { Fault } from '../ledger/fault.ts';
import type { PartitionAccount } from '../transform/job-plan.ts';

/** The figures of a partition over all commits that account for it: its version is the last that gave it other rows. */
export interface PartitionFigures extends Required<Omit<PartitionAccount, 'restated'>> {
  readonly version: number;
  readonly restatements: number;
}

const summed = ['read', 'written', 'quarantined', 'deduplicated', 'superseded', 'replaced'] as const;

/** Adds up what a job's commits say of each partition, in their order. */
export class PartitionSums {
  readonly #figures = new Map<string, PartitionFigures>();

  get all(): readonly PartitionFigures[] {
    return [...this.#figures.values()];
  }

  /** A commit that wrote no other rows is no version: it adds its figures to the one that stands. */
  add(n: number, { restated, ...account }: PartitionAccount, isWritten: boolean): void {
    const path = account.values.join('/');
    const before = this.#figures.get(path);
    const sums = { read: 0, written: 0, quarantined: 0, deduplicated: 0, superseded: 0, replaced: 0 };
    for (const of of summed) sums[of] = (account[of] ?? 0) + (before?.[of] ?? 0);
    this.#figures.set(path, {
      values: account.values,
      rows: account.rows,
      ...sums,
      version: isWritten ? n : (before?.version ?? n),
      restatements: before === undefined ? (restated ? 1 : 0) : before.restatements + (isWritten ? 1 : 0),
    });
  }

  /**
   * Partitions that have other rows than were written to them. `expired`: what lifecycles took of their former versions, which the
   * present ones were made without.
   */
  faults(job: string, expired: readonly ExpiredObject[]): readonly Fault[] {
    const before = new Map<string, number>();
    for (const { partition, rows } of expired) {
      const path = partition?.join('/');
      if (path !== undefined) before.set(path, (before.get(path) ?? 0) + rows);
    }
    return this.all.flatMap(({ values, written, superseded, replaced, rows, version }): readonly Fault[] => {
      const gaveWay = superseded + replaced;
      if (written - gaveWay - (before.get(values.join('/')) ?? 0) === rows) return [];
      const message = `partition ${values.join('/')} has ${rows} rows, ${written} were written and ${gaveWay} of them gave way`;
      return [{ kind: 'partition-unbalanced', message, place: { series: job, commit: version } }];
    });
  }
}
