import type { DeliverySummary } from '../delivery/delivery.ts';
import type { Account } from '../ledger/account.ts';
import type { LineIssue, ProduceReport } from '../source/ndjson.ts';
import type { ExpectedFigures, Row } from './assertions.ts';
import type { PutFault } from './failing-store.ts';
import type { QuarantinedRecord } from './quarantined.ts';
import type { TestClock } from './test-clock.ts';

export interface TestPipelineSettings {
  /** Where the time begins: an ISO time, or milliseconds since 1970 UTC. */
  readonly now: string | number;
  /** Schedules that `clock.advance` runs, by name or address; default all. */
  readonly schedules?: readonly string[];
}

export interface ProduceOptions {
  /** The field that holds the time of arrival; without one, records arrive now. */
  readonly arrivalField?: string;
  /** Record n is sequence n of this source: sent again, nothing is appended. */
  readonly source?: string;
}

/** What was appended, and what was wrong with lines (they are appended all the same, unless they are `refused`). */
export interface Produced extends ProduceReport {
  readonly issues: readonly LineIssue[];
}

/** A pipeline in a home of its own, run by a test. Throws PlayheadError as the engine does, AssertionError where a test fails. */
export interface TestPipeline extends AsyncDisposable {
  /** The directory of its log, lake and state: to look into, or to damage. */
  readonly home: string;
  readonly clock: TestClock;
  /** Sends records into a stream: objects, or NDJSON as a producer may send it, broken lines and all. */
  produce(stream: string, records: readonly object[] | string, options?: ProduceOptions): Promise<Produced>;
  /** Delivers all that is in the streams, or what one delivery takes, by its address. */
  deliver(delivery?: string): Promise<Readonly<Record<string, DeliverySummary>>>;
  /** Runs a job, a source, a crawler or a delivery, and resolves with what it says at its end. */
  run(address: string, input?: Readonly<Record<string, unknown>>): Promise<object>;
  /** The rows of a table (its address, or `database.table`), or of a query in Athena's SQL. */
  rows(tableOrSql: string): Promise<readonly Row[]>;
  /** Fails unless the rows are these, by the columns named here; in this order only where the SQL orders them. */
  assertRows(tableOrSql: string, expected: readonly Row[]): Promise<void>;
  /** What a job has set aside so far. */
  quarantined(job: string): Promise<readonly QuarantinedRecord[]>;
  /** The account of every path from a stream to a table. */
  ledger(): Promise<readonly Account[]>;
  /** Fails unless every account adds up, and, of a pipeline of one path, has the expected figures. */
  assertAddsUp(expected?: ExpectedFigures): Promise<void>;
  /** Makes puts into the lake fail from now on, as a full or broken store would. */
  failPuts(fault?: PutFault): void;
  /** Removes the home. */
  close(): Promise<void>;
}
