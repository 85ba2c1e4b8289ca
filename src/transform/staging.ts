import type { TableDefinition } from '../catalog/definition.ts';
import type { RowRules } from '../quality/row-rules.ts';
import type { Buckets } from './bucket.ts';
import type { RecordsInRow } from './definition.ts';
import type { InputObject } from './job-input.ts';

/**
 * The input of a run, typed and divided by bucket, in Parquet files of the run's scratch folder. Rows carry `_file`
 * (path of the input object), `_n` (their ordinal in the chunk of objects that was read together, from 1), and the
 * hash of their payload, `_payload_hash`.
 */
export interface Staging {
  readonly folder: string;
  readonly table: TableDefinition;
  /** Where a row of the input's objects is no record, but holds them. */
  readonly each?: RecordsInRow;
  readonly buckets: Buckets;
  /** Fields that must have a value: a row without its key, or without its hour, has no place in the table. */
  readonly needed: readonly string[];
  /** Fields of the job's unique key, none where it has no key. */
  readonly key: readonly string[];
  /** The job's checks of records; what they look in is on every session. */
  readonly rules: RowRules;
  readonly chunks: readonly (readonly InputObject[])[];
  /** File of the records that are replayed, in place of input objects: `chunks` has one of one row for each. */
  readonly replay?: string;
}
