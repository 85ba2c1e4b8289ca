import { storedCommits } from '../../commit/packed-commits.ts';
import { type Addressed, resolveAddress } from '../../pipeline/graph/address.ts';
import type { CheckOutcome } from '../../quality/outcome.ts';
import type { JobCommit, NamedObject, RowCounts } from '../../transform/job-plan.ts';
import type { ReportScope } from './scope.ts';
import { type DayColumns, dayColumns, dayOf } from './table-days.ts';

/** What a job's commits say of one day; of all that they say, where the partitions of its table name no day. */
export interface JobDay {
  /** Rows of the day's partitions. */
  readonly counts: RowCounts;
  /** Rows of every commit that no partition, and so no day, could be told of. */
  readonly undated: RowCounts;
  /** Of the commits that wrote a partition of the day. */
  readonly checks: readonly CheckOutcome[];
  /** What these commits quarantined, as later ones left it: a replay takes records out of an object. */
  readonly quarantine: readonly NamedObject[];
}

/** Reads the job's whole series; a commit at a time is held. */
export async function jobDay({ engine, day }: ReportScope, job: Addressed<'job'>): Promise<JobDay> {
  const target = resolveAddress(engine.pipelines, job.definition.into, ['table'], job.pipeline).definition;
  const columns = day === undefined ? undefined : dayColumns(target);
  const counts = { read: 0, written: 0, quarantined: 0, deduplicated: 0 };
  const undated = { ...counts };
  const checks: CheckOutcome[] = [];
  const quarantine = new Map<string, NamedObject>();
  for await (const { commit } of storedCommits<JobCommit>(await engine.lake(), job.address)) {
    for (const object of commit.rewritten ?? []) if (quarantine.has(object.key)) quarantine.set(object.key, object);
    const { ofDay, ofNone } = countsOf(commit, day, columns);
    for (const each of ofNone) add(undated, each);
    for (const each of ofDay) add(counts, each);
    if (ofDay.length === 0) continue;
    checks.push(...(commit.checks ?? []));
    if (commit.quarantine !== undefined) quarantine.set(commit.quarantine.key, commit.quarantine);
  }
  return { counts, undated, checks, quarantine: [...quarantine.values()] };
}

function countsOf(
  { partitions, total }: JobCommit,
  day: string | undefined,
  columns: DayColumns | undefined,
): Readonly<Record<'ofDay' | 'ofNone', readonly RowCounts[]>> {
  if (columns === undefined) return { ofDay: [total], ofNone: [] };
  const rest = { ...total };
  for (const each of partitions) add(rest, each, -1);
  return { ofDay: partitions.filter(({ values }) => dayOf(values, columns) === day), ofNone: [rest] };
}

function add(sum: { -readonly [K in keyof RowCounts]: number }, each: RowCounts, times = 1): void {
  for (const name of ['read', 'written', 'quarantined', 'deduplicated'] as const) sum[name] += times * each[name];
}
