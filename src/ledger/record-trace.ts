/** Where a record stands in the stream, as far as the log still knows. */
export interface StreamPlace {
  readonly topic: string;
  readonly partition?: number;
  /** Decimal. */
  readonly position?: string;
  readonly source?: string;
  /** Decimal. */
  readonly sequence?: string;
  readonly arrivalMs?: number;
  readonly appendedMs?: number;
  /** Where the log has let it go: what is known of its place. */
  readonly note?: string;
}

/** The object that a delivery put it in. */
export interface DeliveryPlace {
  readonly delivery: string;
  readonly series: string;
  readonly commit: number;
  readonly flush: number;
  readonly plannedMs?: number;
  readonly committedMs: number;
  readonly object: string;
  /** From 0. */
  readonly row: number;
  readonly holds: 'data' | 'error';
  /** Why it is under the error prefix. */
  readonly reason?: string;
}

/** The answer of an API that it came in: an object of one row, which holds many records or is one. */
export interface TakenPlace {
  readonly source: string;
  /** Of the source's series. */
  readonly commit: number;
  readonly execution: string;
  readonly endpoint: string;
  /** From 1. */
  readonly page: number;
  readonly receivedMs: number;
  readonly committedMs: number;
  readonly object: string;
  /** The record's number in the object, from 0. */
  readonly element: number;
}

/** A partition of a table further down the way that is made from the one that has the record's row. */
export interface DerivedPlace {
  readonly job: string;
  /** `database.table`. */
  readonly table: string;
  readonly partition: string;
  /** The commit that made it as it is. */
  readonly commit: number;
  readonly committedMs: number;
  readonly object: string;
  /** From 0: its row of the record's key, where the table has the key's columns. */
  readonly row?: number;
}

/** Where the rows of a flush are, of which one is the record, and nothing tells which. */
export interface PassedFlush {
  readonly series: string;
  readonly commit: number;
  /** Absent where the commit's plan is gone: the rows are those of the whole commit. */
  readonly flush?: number;
  readonly plannedMs?: number;
  readonly committedMs: number;
  /** Its objects that have rows yet, those of errors besides where they can't be read. */
  readonly objects: readonly PassedObject[];
}

export interface PassedObject {
  readonly object: string;
  readonly holds: 'data' | 'error';
  readonly rows: number;
  /** Rows that erasures took out of it since. */
  readonly erased?: number;
  /** Where it is in the lake no more: whether a lifecycle took it. */
  readonly gone?: 'expired' | 'missing';
}

/** What a job made of it. */
export interface JobPlace {
  readonly job: string;
  /**
   * `written`, `deduplicated`, or the reason why it is in quarantine; `pending` where the job has not read it; where it has
   * and nothing says any more what it made of it, `expired` if a lifecycle took that, else `missing`.
   */
  readonly fate: string;
  /** Where the object that it was put in is there no more: whether a lifecycle took it. */
  readonly gone?: 'expired' | 'missing';
  readonly commit?: number;
  readonly committedMs?: number;
  /** Where it is a row: `database.table`, partition path, object and row from 0. */
  readonly table?: string;
  readonly partition?: string;
  readonly object?: string;
  readonly row?: number;
  /** Where it is in quarantine. */
  readonly quarantine?: { readonly object: string; readonly row?: number };
  /** For a duplicate or a conflict: the record of its key that came before. */
  readonly winner?: { readonly object: string; readonly row: number; readonly fate: string };
  /** Commits that wrote its partition again since. */
  readonly restated: readonly { readonly commit: number; readonly committedMs: number }[];
}

export const outcomes = {
  delivered: 'a row in the table',
  landed: 'a row in the landing table: no job reads it',
  passed: 'delivered, and in the log no more: which of the rows below it is, nothing tells',
  pending: 'on the way',
  quarantined: 'set aside, with the reason',
  deduplicated: 'the same record again',
  superseded: 'an earlier report of the same: a later one stands in its place',
  expired: 'as old as its rule let it grow',
  missing: 'read by a job, but not where that put it: `playhead ledger` says what is gone',
  lost: 'given up, by command',
  erased: 'about somebody who was erased: only its place is left',
} as const;

export type Outcome = keyof typeof outcomes;

/** The whole way of one record, in the order of the steps. */
export interface RecordTrace {
  readonly key?: Readonly<Record<string, string>>;
  /** What it was found by, where it could not be parsed: its text holds these values, which may be those of other fields. */
  readonly textMatch?: Readonly<Record<string, string>>;
  readonly outcome: Outcome;
  /** Absent of what an API answered. */
  readonly stream?: StreamPlace;
  readonly delivery?: DeliveryPlace;
  /** In place of `stream` and `delivery`, of what an API answered. */
  readonly taken?: TakenPlace;
  /** In place of `delivery`, for what is `passed`. */
  readonly passed?: PassedFlush;
  readonly jobs: readonly JobPlace[];
  /** What was made of that, in tables of which no row is one record. */
  readonly derived?: readonly DerivedPlace[];
}

/** Records that were found, and how: what was looked up, what was scanned. */
export interface TraceAnswer {
  readonly records: readonly RecordTrace[];
  /** Each with how much of it: `120 sidecars of acme.curate`. */
  readonly lookedIn: readonly string[];
  /** What was not looked through, since the record was found without: it may be there again. */
  readonly skipped: readonly string[];
  /** True where nothing but reading everything could find it. */
  readonly scanned: boolean;
  /** More were found than were followed. */
  readonly more: boolean;
}

/** Fates that are outcomes by their own name; what is neither is a reason. */
const ownOutcomes = ['pending', 'deduplicated', 'superseded', 'expired', 'missing'] as const;

/** Where the record ended. */
export function outcomeOf({ delivery, taken, jobs }: Pick<RecordTrace, 'delivery' | 'taken' | 'jobs'>): Outcome {
  if (delivery === undefined && taken === undefined) return 'pending';
  if (delivery?.holds === 'error') return 'quarantined';
  const last = jobs.at(-1);
  if (last === undefined) return 'landed';
  if (last.gone !== undefined) return last.gone;
  if (last.fate === 'written') return 'delivered';
  return ownOutcomes.find((fate) => fate === last.fate) ?? 'quarantined';
}
