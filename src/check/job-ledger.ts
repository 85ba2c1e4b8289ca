import { storedCommits } from '../commit/packed-commits.ts';
import type { ExpiredObject } from '../govern/lifecycle-series.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { CommittedVersion, JobFigures } from '../ledger/account.ts';
import type { Fault } from '../ledger/fault.ts';
import {
  balances,
  type InputAccount,
  type JobCommit,
  type NamedObject,
  type PartitionAccount,
  pathsWritten,
  sumOf,
} from '../transform/job-plan.ts';
import { type JobReadings, type JobStanding, overdrawn } from './input-faults.ts';

/** The figures of a partition over all commits that account for it: its version is the last that gave it other rows. */
export interface PartitionFigures extends Required<Omit<PartitionAccount, 'restated'>> {
  readonly version: number;
  readonly restatements: number;
}

/** What the commits of a job say, those that are doubled left out. */
export interface JobLedger extends JobReadings {
  /** Records that an erasure took after a lifecycle had: they are expired no longer. */
  readonly expiredErased: { readonly table: number; readonly aside: number };
  readonly figures: Pick<JobFigures, 'read' | 'written' | 'quarantined' | 'deduplicated' | 'superseded' | 'replaced'>;
  readonly partitions: readonly PartitionFigures[];
  /** Objects of the table, sidecars and quarantine as the last commit that named them did. */
  readonly objects: readonly CommittedVersion[];
  /** Wall clock of each commit; holes where they are gone. */
  readonly committedMs: readonly number[];
  readonly gone: readonly number[];
  readonly doubled: readonly number[];
  readonly faults: readonly Fault[];
}

/**
 * Reads all commits of a job that its catalog took in (`registeredUpTo`): what comes after is still on the way. `expired` is
 * what lifecycles took of it.
 */
export async function readJob(
  lake: ObjectStore,
  job: string,
  registeredUpTo: number,
  expired: readonly ExpiredObject[],
): Promise<JobLedger> {
  const reading = new Reading(job, expired);
  for await (const { n, etag, commit } of storedCommits<JobCommit>(lake, job))
    reading.take(n, etag, commit, n <= registeredUpTo);
  return reading.result();
}

/** The commits of a job as they are read, in order. */
class Reading {
  readonly #job: string;
  readonly #expired: readonly ExpiredObject[];
  readonly #inputs: (InputAccount & { version: number })[] = [];
  readonly #partitions = new Map<string, PartitionFigures>();
  readonly #objects = new Map<string, CommittedVersion>();
  readonly #steps: JobStanding[] = [];
  readonly #committedMs: number[] = [];
  readonly #etags = new Map<string, number>();
  readonly #gone: number[] = [];
  readonly #doubled: number[] = [];
  readonly #faults: Fault[] = [];
  readonly #figures = { read: 0, written: 0, quarantined: 0, deduplicated: 0, superseded: 0, replaced: 0 };
  readonly #expiredErased = { table: 0, aside: 0 };
  #next = 0;
  #positions: Readonly<Record<string, number>> = {};

  constructor(job: string, expired: readonly ExpiredObject[]) {
    this.#job = job;
    this.#expired = expired;
  }

  take(n: number, etag: string, commit: JobCommit, counts: boolean): void {
    for (let missing = this.#next; missing < n; missing += 1) this.#missing(missing);
    this.#next = n + 1;
    this.#committedMs[n] = commit.committedAtMs;
    const before = this.#etags.get(etag) ?? this.#repeated(commit, n);
    if (before !== undefined) {
      this.#doubled.push(n);
      const message = `doubled: it says again what commit ${before} said, ${commit.total.read} rows read`;
      this.#faults.push({ kind: 'commit-doubled', message, rows: commit.total.read, place: this.#place(n) });
      return;
    }
    this.#etags.set(etag, n);
    this.#positions = commit.positions;
    this.#check(n, commit);
    this.#name(n, commit);
    if (!counts) return;
    for (const name of Object.keys(this.#figures) as (keyof JobLedger['figures'])[])
      this.#figures[name] += commit.total[name] ?? 0;
    this.#steps.push({ commit: n, positions: commit.positions, superseded: this.#figures.superseded });
    this.#expiredErased.table += commit.expiredErased?.table ?? 0;
    this.#expiredErased.aside += commit.expiredErased?.aside ?? 0;
    for (const input of commit.inputs) this.#inputs.push({ ...input, version: n });
    const written = pathsWritten(commit);
    for (const partition of commit.partitions) this.#add(n, partition, written.has(partition.values.join('/')));
  }

  result(): JobLedger {
    const expired = Map.groupBy(this.#expired, ({ partition }) => partition?.join('/'));
    const unbalanced = [...this.#partitions.values()].filter(
      (partition) =>
        partition.written - partition.superseded - partition.replaced - this.#expiredBefore(partition, expired) !==
        partition.rows,
    );
    // A commit that is gone takes its figures with it: that is said once.
    const faults = this.#gone.length > 0 ? [] : unbalanced.map((partition) => this.#partitionFault(partition));
    const readings = { inputs: this.#inputs, steps: this.#steps };
    return {
      figures: this.#figures,
      expiredErased: this.#expiredErased,
      partitions: [...this.#partitions.values()],
      objects: [...this.#objects.values()],
      committedMs: this.#committedMs,
      gone: this.#gone,
      doubled: this.#doubled,
      ...readings,
      faults: [...this.#faults, ...faults, ...(this.#gone.length > 0 ? [] : overdrawn(this.#job, readings))],
    };
  }

  /** Rows of the partition's former versions that a lifecycle took: the present one was made without them. */
  #expiredBefore(
    { values }: PartitionFigures,
    expired: ReadonlyMap<string | undefined, readonly ExpiredObject[]>,
  ): number {
    return (expired.get(values.join('/')) ?? [])
      .filter(({ key, etag }) => this.#objects.get(key)?.etag !== etag)
      .reduce((sum, { rows }) => sum + rows, 0);
  }

  #place(commit: number): Fault['place'] {
    return { series: this.#job, commit };
  }

  #missing(n: number): void {
    this.#gone.push(n);
    this.#faults.push({
      kind: 'commit-missing',
      message: `commit ${n} is gone, and with it the account of what it read`,
      place: this.#place(n),
    });
  }

  /** The commit before, where this one moved no position and reads nothing that was not read. A replay does so rightly. */
  #repeated({ inputs, positions, rewritten }: JobCommit, n: number): number | undefined {
    if (rewritten !== undefined) return undefined;
    const stands = Object.entries(positions).every(([series, next]) => next <= (this.#positions[series] ?? 0));
    if (inputs.length === 0 || !stands) return undefined;
    const known = new Set(this.#inputs.map(({ series, commit, key }) => `${series} ${commit} ${key}`));
    const again = inputs.every(({ series, commit, key }) => known.has(`${series} ${commit} ${key}`));
    return again ? n - 1 : undefined;
  }

  #check(n: number, { inputs, total }: JobCommit): void {
    const sum = sumOf(inputs);
    const wrong = [...inputs, total].find((counts) => !balances(counts));
    const agrees = (['read', 'written', 'quarantined', 'deduplicated'] as const).every((of) => sum[of] === total[of]);
    if (wrong === undefined && agrees) return;
    const { read, written, quarantined, deduplicated } = wrong ?? total;
    const message = `${read} read, but ${written} written, ${quarantined} quarantined, ${deduplicated} deduplicated`;
    this.#faults.push({ kind: 'commit-unbalanced', message, place: this.#place(n) });
  }

  #name(n: number, { objects, sidecars, quarantine, rewritten = [] }: JobCommit): void {
    const name = (object: Omit<NamedObject, 'sizeBytes'>, holds: CommittedVersion['holds']): void => {
      const { key, etag, sha256, rows } = object;
      const hash = sha256 === undefined ? {} : { sha256 };
      this.#objects.set(key, { key, etag, ...hash, rows, series: this.#job, commit: n, holds });
    };
    for (const object of objects) name(object, 'data');
    for (const object of sidecars) name(object, 'sidecar');
    for (const object of rewritten) name(object, 'quarantine');
    if (quarantine !== undefined) name(quarantine, 'quarantine');
  }

  /** A commit that wrote no other rows is no version: it adds its figures to the one that stands. */
  #add(n: number, { restated, ...account }: PartitionAccount, isWritten: boolean): void {
    const path = account.values.join('/');
    const before = this.#partitions.get(path);
    const plus = (of: keyof JobLedger['figures']): number => (account[of] ?? 0) + (before?.[of] ?? 0);
    this.#partitions.set(path, {
      values: account.values,
      rows: account.rows,
      read: plus('read'),
      written: plus('written'),
      quarantined: plus('quarantined'),
      deduplicated: plus('deduplicated'),
      superseded: plus('superseded'),
      replaced: plus('replaced'),
      version: isWritten ? n : (before?.version ?? n),
      restatements: before === undefined ? (restated ? 1 : 0) : before.restatements + (isWritten ? 1 : 0),
    });
  }

  #partitionFault({ values, written, superseded, replaced, rows, version }: PartitionFigures): Fault {
    const message = `partition ${values.join('/')} has ${rows} rows, ${written} were written and ${superseded + replaced} of them gave way`;
    return { kind: 'partition-unbalanced', message, place: this.#place(version) };
  }
}
