import type { CheckOutcome } from '../../quality/outcome.ts';
import type { RecordType } from '../../record/type.ts';
import type { ObjectVersion } from '../../table/retained.ts';
import type { DerivedPartition, JobCommit, JobPlan } from '../job-plan.ts';

export interface PlannedDerivation extends DerivedPartition {
  readonly key: string;
  /** Etag of the object that it takes the place of, absent where there is none. */
  readonly replaces?: string;
  /** Rows that the replaced version was made from and had: what comes on top of them is what the commit accounts for. */
  readonly before: { readonly read: number; readonly rows: number };
  /** As `PlannedPartition.judged`. */
  readonly judged?: string;
}

/** A derived job's plan in place of `partitions`: the first that exists is the truth, and others make it again. */
export interface DerivedPlan
  extends Pick<
    JobPlan,
    'format' | 'job' | 'plannedAtMs' | 'definition' | 'input' | 'target' | 'select' | 'consumed' | 'references'
  > {
  readonly derived: readonly PlannedDerivation[];
  /** Partitions that stay as they are: part of what they were made from has expired, and would be missing in them. */
  readonly kept: readonly (readonly string[])[];
  readonly checks?: readonly CheckOutcome[];
  /** Tables that are looked up, by their names in the SQL, as they were when the plan was made. Absent: none. */
  readonly lookUps?: readonly PlannedLookUp[];
}

/** A table that is looked up, as it was. */
export interface LookedUp {
  readonly database: string;
  readonly name: string;
  readonly objects: readonly ObjectVersion[];
}

export interface PlannedLookUp extends LookedUp {
  readonly identifier: string;
  readonly record: RecordType;
}

export type DerivedDraft = Omit<DerivedPlan, 'plannedAtMs' | 'checks'>;

/**
 * A derived job's commit. Its figures are differences: of a partition that is made anew, `read` and `written` are what it
 * is made from and has more (or less) than before, so that summed over all commits they are what is there.
 */
export interface DerivedCommit extends JobCommit {
  readonly derived: readonly DerivedPartition[];
  readonly kept: readonly (readonly string[])[];
  /** What every partition of the table stands on besides its input: where one changes, all are made anew. Absent: nothing. */
  readonly lookUps?: readonly LookedUp[];
}

export function rowsRead({ inputs }: DerivedPartition): number {
  return inputs.reduce((sum, { rows }) => sum + rows, 0);
}
