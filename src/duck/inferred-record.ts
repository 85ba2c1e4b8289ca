import type { EpochUnit } from '../record/epoch.ts';
import type { Field } from '../record/type.ts';

/** A field with what the sample shows for it. */
export interface InferredField {
  readonly name: string;
  readonly field: Field;
  /** Why the field is declared so, each a short phrase: `in all 500 records`, `4 values`. */
  readonly evidence: readonly string[];
}

/** The field that says when it happened; `epoch`: it counts this unit since 1970. */
export interface EventTime {
  readonly field: string;
  readonly of: 'timestamp' | 'date';
  readonly epoch?: EpochUnit;
}

export interface InferredRecord {
  readonly fields: readonly InferredField[];
  readonly records: number;
  /** A field with another value in every record (the same in repeated ones), whose name or place says that it is the key. */
  readonly key?: string;
  readonly eventTime?: EventTime;
}
