import type { DuckSession } from '../duck/duck.ts';
import { sqlString } from '../duck/duck.ts';
import { partitionPath } from '../lake/hive-layout.ts';
import type { Publisher } from '../table/publish.ts';
import { publisherMetadata } from '../table/publish.ts';
import type { JobCommit, SidecarObject } from './job-plan.ts';

/**
 * A sidecar stands beside a version of a job's partition, outside the table's path: Parquet with one row for each input
 * record that the version accounts for, the rows of the versions before it among them, in the order of `key_hash`, so
 * that a look-up by key reads one row group. Records that no partition could be told of are in one of their commit.
 */
export const sidecarColumns = {
  /** `hashOf` the key; NULL where the job has no key, or the record's can't be read. */
  key_hash: 'UBIGINT',
  /** `keyText`: equal hashes alone don't make two keys the same. */
  key: 'VARCHAR',
  /** Hash of `payloadSql`: equal ones make two records of one key the same. */
  payload_hash: 'UBIGINT',
  /** `written`, `deduplicated`, or the reason why it is in quarantine (`key_conflict`, or the rule that it broke). */
  fate: 'VARCHAR',
  /** Input object, and the record's ordinal in it, from 0. */
  source: 'VARCHAR',
  row: 'UINTEGER',
  /** With `source_commit`, `source` and `row`: the order of arrival, by which `keep` decides. */
  arrived_ms: 'BIGINT',
  /** Number of the commit, in the input's series, that names the input object. */
  source_commit: 'UINTEGER',
  /** Number of the job's commit that decided the fate. */
  job_commit: 'UINTEGER',
  /** Number of the partition by the job's period; NULL where the record has none. */
  bucket: 'BIGINT',
} as const;

/** Order of arrival, as columns. */
export const arrivalOrder = ['arrived_ms', 'source_commit', 'source', 'row'] as const;

/** Rows of a row group: what a look-up by key decodes of a file. */
const rowGroupRows = 16_384;

/** Under which the sidecars of any job are. */
export const sidecarRoot = '_playhead/sidecars/';

/** Under which all sidecars of a job are. */
export function sidecarFolder(job: string): string {
  return `${sidecarRoot}${job}/`;
}

/** Under which all sidecars of a job's partitions are, by partition path. */
export function partitionSidecars(job: string): string {
  return `${sidecarFolder(job)}partitions/`;
}

export function sidecarKey(job: string, names: readonly string[], values: readonly string[]): string {
  return `${partitionSidecars(job)}${partitionPath(names, values)}data.parquet`;
}

/** Under which the sidecars of rejected records are, by commit. */
export function rejectedSidecars(job: string): string {
  return `${sidecarFolder(job)}rejected/`;
}

export function rejectedSidecarKey(job: string, commit: number): string {
  return `${rejectedSidecars(job)}${String(commit).padStart(10, '0')}.parquet`;
}

/** The sidecars that a commit put: one a partition that it published, and one of the records that it rejected, if any. */
export function sidecarsOf(commit: JobCommit): readonly SidecarObject[] {
  return commit.sidecars;
}

/** Writes a sidecar's rows, which `select` gives in any order. Returns how many. */
export async function writeSidecar(
  session: DuckSession,
  select: string,
  file: string,
  publisher: Publisher,
): Promise<number> {
  const columns = Object.entries(sidecarColumns).map(([name, type]) => `CAST(${name} AS ${type}) AS ${name}`);
  return session.run(`COPY (SELECT ${columns.join(', ')} FROM (${select}) ORDER BY key_hash)
    TO ${sqlString(file)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE ${rowGroupRows}, KV_METADATA ${publisherMetadata(publisher)})`);
}
