import type { TableDefinition } from '../catalog/definition.ts';
import type { CheckOutcome } from '../quality/outcome.ts';
import type { ContributedObject, Contribution, Contributor } from '../table/contribution.ts';
import { quarantineTableName } from '../table/quarantine-table.ts';
import type { ObjectVersion } from '../table/retained.ts';
import type { JobDefinition } from './definition.ts';

/** Commits of one input series, `to` exclusive. */
export interface ConsumedRange {
  readonly series: string;
  readonly from: number;
  readonly to: number;
}

/** How far the job came in the series that feed it, by series: the next commit, and the latest arrival until there. */
export interface InputProgress {
  readonly positions: Readonly<Record<string, number>>;
  readonly arrivedMs: Readonly<Record<string, number>>;
}

export interface PlannedPartition {
  readonly bucket: number;
  readonly values: readonly string[];
  readonly key: string;
  /** Etag of the object that the job's table had there, absent where it had none. */
  readonly replaces?: string;
  readonly sidecar: { readonly key: string; readonly replaces?: string };
  /** `rowsHash` of what checks were asked of, where the SELECT may give other rows when it is asked again. */
  readonly judged?: string;
}

/** A sidecar as it was when the plan was made. */
export interface AskedSidecar extends ObjectVersion {
  readonly bucket: number;
}

/** The objects of a table that a check refers to, as they were when the plan was made. */
export interface PlannedReference {
  /** Name of the DuckDB table that the check's SQL looks in. */
  readonly name: string;
  readonly column: string;
  readonly objects: readonly ObjectVersion[];
}

/** An object that a replay takes records out of. */
export interface Rewrite {
  readonly key: string;
  readonly replaces: string;
  /** Quarantined rows, or the sidecar of rejected records. */
  readonly holds: 'quarantine' | 'rejected';
}

/** Quarantined records that go through the job again, mended. */
export interface PlannedReplay {
  /** Parquet of the records: `replayColumns`. */
  readonly object: ObjectVersion;
  readonly rewrites: readonly Rewrite[];
  /** Buckets whose sidecars list a record that is replayed. */
  readonly buckets: readonly number[];
}

/** The format of plans and commits: 1 had no sidecars. */
export const jobFormat = 2;

/**
 * Plan n of a job's series: all that is needed to make its objects again, whatever became of the definition since.
 * Written as JSON; the first that exists is the truth.
 */
export interface JobPlan {
  readonly format: typeof jobFormat;
  readonly job: string;
  readonly plannedAtMs: number;
  readonly definition: JobDefinition;
  readonly input: TableDefinition;
  readonly target: TableDefinition;
  /** The SELECT in DuckDB's dialect, the names that stand in it for the input table, and the macros that it calls. */
  readonly select: {
    readonly sql: string;
    readonly inputs: readonly string[];
    readonly macros: readonly string[];
    /** The names that stand for tables which are looked up. */
    readonly lookUps?: readonly { readonly identifier: string; readonly database: string; readonly name: string }[];
    /** It makes a row of each row by itself, and leaves key and time as they are: what it made need not be looked at. */
    readonly isPlain?: true;
    /** It makes a row of one row's values alone, and so the same again. */
    readonly isRowByRow?: true;
  };
  readonly consumed: readonly ConsumedRange[];
  readonly partitions: readonly PlannedPartition[];
  /** Sidecars that list keys of the new records: with them, and no others needed, it is decided again alike who wins. */
  readonly asked: readonly AskedSidecar[];
  /** Absent where the plan consumes commits of the input. */
  readonly replay?: PlannedReplay;
  /** Absent where the job has no such check. */
  readonly references?: readonly PlannedReference[];
  /** What the job's checks found: nothing is planned that a check forbids to publish. Absent where it has none. */
  readonly checks?: readonly CheckOutcome[];
}

/** What became of rows: `read = written + quarantined + deduplicated`. */
export interface RowCounts {
  readonly read: number;
  readonly written: number;
  readonly quarantined: number;
  readonly deduplicated: number;
}

export interface InputAccount extends RowCounts {
  readonly key: string;
  readonly series: string;
  readonly commit: number;
}

export interface PartitionAccount extends RowCounts {
  readonly values: readonly string[];
  /** Rows of the partition after this commit: those before, and written, without superseded and replaced. */
  readonly rows: number;
  /** Rows that stood in the table and gave way to another record of their key; quarantined besides. */
  readonly superseded: number;
  /** Rows that stood there and gave way to a later report of their key; passed over since. Absent: none. */
  readonly replaced?: number;
  /** The partition was there before: its figures come to those of the commits before. */
  readonly restated: boolean;
}

/** An object beside the table that a commit names: these bytes, and no others, belong to it. */
export interface NamedObject {
  readonly key: string;
  readonly etag: string;
  readonly sha256?: string;
  readonly sizeBytes: number;
  readonly rows: number;
}

export interface SidecarObject extends NamedObject {
  /** Values of the partition whose version it accounts for; absent for the records that the commit rejected. */
  readonly partition?: readonly string[];
}

/** An object of the input that a derived partition is made from. */
export interface DerivedInput extends ObjectVersion {
  readonly rows: number;
  /** Values of the input's partition. */
  readonly partition: readonly string[];
}

/** A partition of a job's table that stands on partitions of another job's table. */
export interface DerivedPartition {
  readonly values: readonly string[];
  /** All that it is made from, by key: with the SELECT they are its content. */
  readonly inputs: readonly DerivedInput[];
}

export interface JobCommit extends InputProgress {
  readonly format: typeof jobFormat;
  readonly job: string;
  readonly committedAtMs: number;
  /** Of the partitions below, those that hold other rows than before. */
  readonly objects: readonly ContributedObject[];
  /** One of each partition below. It replaces the one that an earlier commit named under its key. */
  readonly sidecars: readonly SidecarObject[];
  /** Holds the quarantined rows, if there are any. */
  readonly quarantine?: NamedObject;
  readonly inputs: readonly InputAccount[];
  /** Rows that no partition could be told of are only in the totals and in their input object's line. */
  readonly partitions: readonly PartitionAccount[];
  readonly total: RowCounts & Pick<PartitionAccount, 'superseded' | 'replaced'>;
  readonly checks?: readonly CheckOutcome[];
  /** Of a job that reads another job's table: each partition that it made, with what it stands on. Absent of others. */
  readonly derived?: readonly DerivedPartition[];
  /** Values of such partitions that stay as they were, because part of what they were made from has expired. */
  readonly kept?: readonly (readonly string[])[];
  /** Of a replay: the records that it put through again. Its `quarantined` is less by them, and more by those still bad. */
  readonly replayed?: number;
  /** Quarantine objects that a replay took records out of, as they are now; its account counts those as quarantined no longer. */
  readonly rewritten?: readonly NamedObject[];
  /** Erasures that took records out of the figures above: how many it had read. */
  readonly erasures?: Readonly<Record<string, number>>;
  /** Of those: what a lifecycle had taken before, of the table and of what was set aside. */
  readonly expiredErased?: { readonly table: number; readonly aside: number };
}

/** What a job's commits did to its table. */
export function jobContributor(job: string, target: TableDefinition): Contributor {
  return {
    series: job,
    database: target.database,
    table: target.name,
    contribution: (commit): Contribution => {
      // The series holds what `runJob` wrote, and its format says which form.
      const { objects } = commit as JobCommit;
      return { objects, replaces: [] };
    },
  };
}

/** The objects of quarantined rows that a commit names: its own, and what it left of earlier ones. */
export function quarantineOf({ quarantine, rewritten = [] }: JobCommit): readonly NamedObject[] {
  return [...(quarantine === undefined ? [] : [quarantine]), ...rewritten];
}

/** What a job's commits did to the table of its quarantined records. */
export function quarantineContributor(job: string, target: TableDefinition): Contributor {
  return {
    series: job,
    database: target.database,
    table: quarantineTableName(target),
    contribution: (commit): Contribution => {
      // The series holds what `runJob` wrote, and its format says which form.
      const objects = quarantineOf(commit as JobCommit);
      return {
        objects: objects.map(({ key, etag, rows, sizeBytes }) => ({ key, etag, rows, sizeBytes, partition: [] })),
        replaces: [],
      };
    },
  };
}

/** True where the partition holds the rows that it held: nothing but repetitions and conflicts came. */
export function isUnchanged({ restated, written, superseded, replaced = 0 }: PartitionAccount): boolean {
  return restated && written + superseded + replaced === 0;
}

/** Paths of the partitions that a commit gave another content; of the others that it accounts for, the objects stand. */
export function pathsWritten({ objects }: Pick<JobCommit, 'objects'>): ReadonlySet<string> {
  return new Set(objects.map(({ partition }) => partition.join('/')));
}

export function balances({ read, written, quarantined, deduplicated }: RowCounts): boolean {
  return read === written + quarantined + deduplicated;
}

export function sumOf(counts: Iterable<RowCounts>): RowCounts {
  const sum = { read: 0, written: 0, quarantined: 0, deduplicated: 0 };
  for (const { read, written, quarantined, deduplicated } of counts) {
    sum.read += read;
    sum.written += written;
    sum.quarantined += quarantined;
    sum.deduplicated += deduplicated;
  }
  return sum;
}
