import type { DuckSession } from '../../duck/duck.ts';
import type { ObjectStore } from '../../lake/object-store.ts';
import type { Packing } from '../../lake/packing.ts';
import type { InferredColumn } from './merge-types.ts';

export type SampledFormat = 'json' | 'csv' | 'parquet';

export interface ObjectSample {
  readonly format: SampledFormat;
  readonly compression: Packing;
  readonly columns: readonly InferredColumn[];
  readonly csv?: CsvSettings;
  readonly notLines?: true;
  /** Rows that were looked at, and how many of the object's stored bytes hold them. */
  readonly rows: number;
  readonly bytes: number;
}

export interface SamplePorts {
  readonly lake: ObjectStore;
  readonly session: DuckSession;
  /** A path that DuckDB reads the sample's text from; overwritten by each. */
  readonly spoolFile: string;
}

/** Why an object says nothing about the schema. */
export interface Unreadable {
  readonly unreadable: string;
}

export interface CsvSettings {
  readonly delimiter: string;
  /** Empty where no field is quoted. */
  readonly quote: string;
  readonly header: boolean;
}
