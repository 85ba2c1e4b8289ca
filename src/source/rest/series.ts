import type { TableDefinition } from '../../catalog/definition.ts';
import type { Contributor } from '../../table/contribution.ts';
import type { ShapeChange } from './shape-changes.ts';

/** The work that a commit belongs to: all pages of all endpoints that were asked for together, on one day. */
export interface Execution {
  readonly id: string;
  /** `2026-11-23`, UTC, by the effects clock. */
  readonly date: string;
}

/** A page that was received and checked: what its commit will say, before its object is there. */
export interface PagePlan {
  readonly format: 1;
  readonly execution: Execution;
  readonly endpoint: string;
  readonly page: number;
  /** `database.table`. */
  readonly table: string;
  readonly partition: readonly string[];
  readonly key: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Of the page: its object is one row of the table, which holds them. */
  readonly records: number;
  /** Records of people who were erased, before it was taken or since. Absent: none. */
  readonly erased?: number;
  readonly receivedAtMs: number;
  readonly changes: readonly ShapeChange[];
}

/**
 * `page`: its object is there. `abandoned`: a process died with a page in its hands, which is asked for again. `end`: all
 * endpoints of the execution are through.
 */
export type RestCommit =
  | {
      readonly format: 1;
      readonly kind: 'page';
      readonly execution: Execution;
      readonly committedAtMs: number;
      readonly plan: PagePlan;
      readonly etag: string;
    }
  | {
      readonly format: 1;
      readonly kind: 'abandoned';
      readonly execution: Execution;
      readonly committedAtMs: number;
      readonly key: string;
    }
  | { readonly format: 1; readonly kind: 'end'; readonly execution: Execution; readonly committedAtMs: number };

/** The series of a source as one of its tables takes it: a commit of another table's page does nothing to it. */
export function restContributor(name: string, { database, name: table }: TableDefinition): Contributor {
  return {
    series: name,
    database,
    table,
    contribution: (commit) => {
      const known = commit as RestCommit; // this series holds no other commits
      if (known.kind !== 'page' || known.plan.table !== `${database}.${table}`) return { objects: [], replaces: [] };
      const { key, sizeBytes, partition, receivedAtMs } = known.plan;
      const arrivals = { fromMs: receivedAtMs, toMs: receivedAtMs };
      return {
        objects: [
          {
            key,
            etag: known.etag,
            rows: 1,
            records: known.plan.records,
            sizeBytes,
            partition,
            arrivalMs: receivedAtMs,
            arrivals,
          },
        ],
        replaces: [],
      };
    },
  };
}
