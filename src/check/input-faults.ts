import type { CommittedVersion } from '../ledger/account.ts';
import type { Fault } from '../ledger/fault.ts';
import type { InputAccount } from '../transform/job-plan.ts';

/** A commit series of a job's input, as far as it is stored. */
export interface InputSeries {
  readonly series: string;
  /** Number of its next commit. */
  readonly next: number;
  /** Data objects of its commits. */
  readonly objects: readonly Pick<CommittedVersion, 'key' | 'rows' | 'commit'>[];
}

export interface JobStanding {
  readonly commit: number;
  /** Next commit of each input series. */
  readonly positions: Readonly<Record<string, number>>;
  /** Rows that gave way to a later one of their key until then. */
  readonly superseded: number;
}

/** What a job read, by its commits. */
export interface JobReadings {
  /** Input objects, each with the job's commit that read it. */
  readonly inputs: readonly (InputAccount & { readonly version: number })[];
  /** Where each commit left the job. */
  readonly steps: readonly JobStanding[];
}

/**
 * Holds what a job's commits say they read to what its input's commits hold: of a commit that the job has passed each object
 * is read once, whole, and of those that it has not passed none is. So what is pending is what the job will read.
 */
export function inputFaults(
  job: string,
  { inputs, steps }: JobReadings,
  { series, next, objects }: InputSeries,
): readonly Fault[] {
  const stands = steps.at(-1)?.positions[series] ?? 0;
  const passing = (commit: number): number =>
    steps.find(({ positions }) => (positions[series] ?? 0) > commit)?.commit ?? 0;
  const read = new Map<string, number>();
  for (const { series: of, commit, key, read: rows } of inputs)
    if (of === series) read.set(`${commit} ${key}`, (read.get(`${commit} ${key}`) ?? 0) + rows);
  const faults: Fault[] = [];
  if (stands > next)
    faults.push({
      kind: 'input-skipped',
      message: `${job} stands at commit ${stands} of ${series}, which has ${next}: it will never read those between`,
      place: { series: job, commit: passing(next) },
    });
  for (const { key, rows, commit } of objects) {
    const found = read.get(`${commit} ${key}`);
    read.delete(`${commit} ${key}`);
    if (commit >= stands || found === rows) continue;
    const place = { series: job, commit: passing(commit), object: key };
    if (found === undefined) {
      const message = `passed and not read: ${key}, ${rows} rows of commit ${commit} of ${series}`;
      faults.push({ kind: 'input-skipped', message, rows, place });
    } else {
      const message = `${key} holds ${rows} rows, ${found} of them were read`;
      faults.push({ kind: 'input-differs', message, rows: Math.abs(rows - found), place });
    }
  }
  for (const [name, rows] of read) {
    const line = inputs.find(({ commit, key }) => `${commit} ${key}` === name);
    if (line === undefined) continue;
    const message = `${rows} rows were read of ${line.key}, which commit ${line.commit} of ${series} does not name`;
    faults.push({ kind: 'input-differs', message, rows, place: { series: job, commit: line.version } });
  }
  return faults;
}

/**
 * Commits that take more of an object's records out of quarantine than lay there: one that is replayed twice becomes two rows,
 * and the sum over all objects hides it. A row that gave way lies in quarantine too, and no line says of which object it was.
 */
export function overdrawn(job: string, { inputs, steps }: JobReadings): readonly Fault[] {
  const superseded = new Map(steps.map((step) => [step.commit, step.superseded]));
  const lines = new Map<string, number>();
  const faults: Fault[] = [];
  for (const { key, quarantined, version } of inputs) {
    const before = lines.get(key) ?? 0;
    lines.set(key, before + quarantined);
    const most = before + (superseded.get(version) ?? 0);
    if (quarantined >= 0 || most + quarantined >= 0) continue;
    faults.push({
      kind: 'commit-unbalanced',
      message: `${-quarantined} records of ${key} were taken out of quarantine, where ${most} lay`,
      rows: -quarantined - most,
      place: { series: job, commit: version, object: key },
    });
  }
  return faults;
}
