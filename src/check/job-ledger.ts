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
  pathsWritten,
  quarantineOf,
  sumOf,
} from '../transform/job-plan.ts';
import { type JobReadings, type JobStanding, overdrawn } from './input-faults.ts';
import { type PartitionFigures, PartitionSums } from './partition-figures.ts';

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
  const reading = new Reading(job);
  for await (const { n, etag, commit } of storedCommits<JobCommit>(lake, job))
    reading.take(n, etag, commit, n <= registeredUpTo);
  return reading.result(expired);
}

/** The commits of a job as they are read, in order. */
class Reading {
  readonly #job: string;
  readonly #inputs: (InputAccount & { version: number })[] = [];
  readonly #partitions = new PartitionSums();
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

  constructor(job: string) {
    this.#job = job;
  }

  take(n: number, etag: string, commit: JobCommit, counts: boolean): void {
    for (let missing = this.#next; missing < n; missing += 1) this.#missing(missing);
    this.#next = n + 1;
    this.#committedMs[n] = commit.committedAtMs;
    const before = this.#etags.get(etag) ?? (this.#repeats(commit) ? n - 1 : undefined);
    if (before !== undefined) {
      this.#doubled.push(n);
      const message = `doubled: it says again what commit ${before} said, ${commit.total.read} rows read`;
      this.#faults.push({ kind: 'commit-doubled', message, rows: commit.total.read, place: this.#place(n) });
      return;
    }
    this.#etags.set(etag, n);
    this.#positions = commit.positions;
    const message = contradiction(commit);
    if (message !== undefined) this.#faults.push({ kind: 'commit-unbalanced', message, place: this.#place(n) });
    for (const version of versionsNamed(this.#job, n, commit)) this.#objects.set(version.key, version);
    if (counts) this.#count(n, commit);
  }

  result(expired: readonly ExpiredObject[]): JobLedger {
    const former = expired.filter(({ key, etag }) => this.#objects.get(key)?.etag !== etag);
    const readings = { inputs: this.#inputs, steps: this.#steps };
    // A commit that is gone takes its figures with it: that is said once.
    const sums =
      this.#gone.length > 0 ? [] : [...this.#partitions.faults(this.#job, former), ...overdrawn(this.#job, readings)];
    return {
      figures: this.#figures,
      expiredErased: this.#expiredErased,
      partitions: this.#partitions.all,
      objects: [...this.#objects.values()],
      committedMs: this.#committedMs,
      gone: this.#gone,
      doubled: this.#doubled,
      ...readings,
      faults: [...this.#faults, ...sums],
    };
  }

  #count(n: number, commit: JobCommit): void {
    const { positions, total, expiredErased, inputs, partitions } = commit;
    for (const name of Object.keys(this.#figures) as (keyof JobLedger['figures'])[])
      this.#figures[name] += total[name] ?? 0;
    this.#steps.push({ commit: n, positions, superseded: this.#figures.superseded });
    this.#expiredErased.table += expiredErased?.table ?? 0;
    this.#expiredErased.aside += expiredErased?.aside ?? 0;
    for (const input of inputs) this.#inputs.push({ ...input, version: n });
    const written = pathsWritten(commit);
    for (const partition of partitions) this.#partitions.add(n, partition, written.has(partition.values.join('/')));
  }

  #place(commit: number): Fault['place'] {
    return { series: this.#job, commit };
  }

  #missing(n: number): void {
    this.#gone.push(n);
    const message = `commit ${n} is gone, and with it the account of what it read`;
    this.#faults.push({ kind: 'commit-missing', message, place: this.#place(n) });
  }

  /** Whether a commit moved no position and reads nothing that was not read. A replay does so rightly. */
  #repeats({ inputs, positions, rewritten }: JobCommit): boolean {
    if (rewritten !== undefined || inputs.length === 0) return false;
    if (Object.entries(positions).some(([series, next]) => next > (this.#positions[series] ?? 0))) return false;
    const nameOf = ({ series, commit, key }: InputAccount): string => `${series} ${commit} ${key}`;
    const known = new Set(this.#inputs.map(nameOf));
    return inputs.every((input) => known.has(nameOf(input)));
  }
}

/** Where the figures of a commit contradict each other; undefined where they agree. */
function contradiction({ inputs, total }: JobCommit): string | undefined {
  const sum = sumOf(inputs);
  const wrong = [...inputs, total].find((counts) => !balances(counts));
  const agrees = (['read', 'written', 'quarantined', 'deduplicated'] as const).every((of) => sum[of] === total[of]);
  if (wrong === undefined && agrees) return undefined;
  const { read, written, quarantined, deduplicated } = wrong ?? total;
  return `${read} read, but ${written} written, ${quarantined} quarantined, ${deduplicated} deduplicated`;
}

function versionsNamed(series: string, commit: number, named: JobCommit): readonly CommittedVersion[] {
  const holding = (holds: CommittedVersion['holds'], objects: readonly Omit<NamedObject, 'sizeBytes'>[]) =>
    objects.map(({ key, etag, sha256, rows }): CommittedVersion => {
      return { key, etag, ...(sha256 === undefined ? {} : { sha256 }), rows, series, commit, holds };
    });
  const { objects, sidecars } = named;
  return [...holding('data', objects), ...holding('sidecar', sidecars), ...holding('quarantine', quarantineOf(named))];
}
