import type { Column } from '../catalog.ts';

/** What a crawl found and did, as data. */
export interface CrawlReport {
  readonly database: string;
  /** The prefix that was crawled. */
  readonly path: string;
  readonly objects: {
    /** Objects with data; hidden and empty ones are counted apart. */
    readonly found: number;
    readonly sizeBytes: number;
    readonly hidden: number;
    readonly empty: number;
    /** Objects that were opened to infer the schema. */
    readonly sampled: number;
  };
  /** Folders with data, and how many of them are as they were at the last crawl, so that none of their objects was opened. */
  readonly folders: { readonly found: number; readonly unchanged: number };
  readonly tables: readonly TableReport[];
  readonly findings: readonly Finding[];
  /** No object where tables of the catalog say there are some: the source, the delivery or the path is at fault. */
  readonly nothingRead: boolean;
}

export interface TableReport {
  readonly name: string;
  readonly location: string;
  /** `missing`: nothing is left of it, and the policy is to say so only. */
  readonly change: 'created' | 'updated' | 'unchanged' | 'deprecated' | 'deleted' | 'missing';
  readonly columnsAdded: readonly Column[];
  readonly columnsChanged: readonly { readonly name: string; readonly from: string; readonly to: string }[];
  /** False where the policy `log` kept the columns as they were. */
  readonly columnsApplied: boolean;
  readonly partitionsAdded: readonly string[];
  readonly partitionsRemoved: readonly string[];
  readonly objects: number;
  readonly sizeBytes: number;
  /** Rows: exact where commits or Parquet footers tell, otherwise by the size of sampled records. */
  readonly records: number;
}

/** Something that a person should know: `warning` where data may be missing or misread. */
export interface Finding {
  readonly severity: 'info' | 'warning';
  readonly kind:
    | 'unreadable-object'
    | 'not-newline-delimited'
    | 'mixed-folder'
    | 'mixed-partitions'
    | 'format-differs'
    | 'partitions-differ'
    | 'names-differ-in-case'
    | 'column-is-partition'
    | 'uncommitted'
    | 'missing-objects'
    | 'nothing-read';
  /** A table's name, or a key or prefix in the lake. */
  readonly subject: string;
  readonly message: string;
}
