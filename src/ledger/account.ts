import { type Fault, faultText } from './fault.ts';

/**
 * What became of the records of one stream, up to one terminal table. The whole of it is one equation:
 * `produced = delivered + quarantined + deduplicated + pending + erased + expired + lost`.
 */
export interface Account {
  readonly stream: string;
  /** `database.table`; the lake itself where no table is terminal; `noDelivery`. */
  readonly table: string;
  /** Records that the stream ever took. */
  readonly produced: number;
  /** Rows in the table. */
  readonly delivered: number;
  readonly quarantined: number;
  readonly deduplicated: number;
  /** On the way: in the stream, or in a table before the last one. */
  readonly pending: number;
  readonly erased: number;
  readonly expired: number;
  /** Never, but by an explicit command. */
  readonly lost: number;
  /** There where a log whose positions have gaps lost records: only how many there are at most is known then. */
  readonly atMost?: BoundedParts;
  /** `produced` less all the others: 0, or the account does not add up. Beside parts that are bounds, what these don't allow for. */
  readonly missing: number;
  /** What does not add up, in words: first the faults, each with its place. */
  readonly problems: readonly string[];
  readonly faults: readonly Fault[];
}

/** Parts of an account that are no counts but bounds: the positions that records may have had. */
export interface BoundedParts {
  readonly parts: readonly ('expired' | 'lost')[];
  /** Records that none of the other parts has. */
  readonly records: number;
}

/** In place of a table: no delivery reads the stream. */
export const noDelivery = 'no delivery';

/** What a stream holds, and what it held that is trimmed by now. */
export interface StreamFigures {
  readonly held: number;
  readonly trimmed: number;
  /** Of the trimmed: what no delivery had passed, and nobody gave up. */
  readonly expired: number;
  /** Those are positions, of a log where these have gaps: of what is `trimmed`, they say nothing. */
  readonly expiredAtMost?: true;
}

/** Rows that grew as old as a lifecycle lets them. */
export interface ExpiredRows {
  /** That it took out of the table. */
  readonly table: number;
  /** Of what was set aside. */
  readonly aside: number;
  /** Of the table still, but in objects that are gone and past their rule's age: the store itself let them expire. */
  readonly absent: number;
}

const noneExpired: ExpiredRows = { table: 0, aside: 0, absent: 0 };

/** An object as a commit named it. */
export interface CommittedVersion {
  readonly key: string;
  readonly etag: string;
  readonly rows: number;
  readonly sha256?: string;
  readonly series: string;
  readonly commit: number;
  /** Ordinal of its flush in the plan. */
  readonly flush?: number;
  readonly holds: 'data' | 'error' | 'backup' | 'quarantine' | 'sidecar';
}

/** An object that the lake does not hold as it was committed: it is gone, or another content stands there. */
export interface MissingObject extends CommittedVersion {
  readonly changed: boolean;
}

/** What a delivery's commits say, over all of its lanes and epochs. */
export interface DeliveryFigures {
  /** Records that its commits moved past. */
  readonly logged: number;
  readonly delivered: number;
  readonly errored: number;
  /** Taken out by erasures, before they were delivered or after; absent: none. */
  readonly erased?: number;
  /** Records given up by an explicit command. */
  readonly lost: number;
  /** Those are positions, of a log where these have gaps: what the stream took does not have them in it. */
  readonly lostAtMost?: true;
  /** In the stream past its position, where the log can give it, and committed, but not in the catalog yet. */
  readonly pending: number;
  /** Of what is pending: rows of commits that the catalog has not taken in yet, as after a crash. */
  readonly unregistered: number;
  /** In the stream past its position, and the log can't give it. */
  readonly unreadable: number;
  /** Rows of its table by the catalog; undefined where it has no table. */
  readonly tableRows?: number;
  /** Of what it delivered. */
  readonly missing: readonly MissingObject[];
  /** Of what it set aside. */
  readonly missingErrors: readonly MissingObject[];
  /** Absent: none. */
  readonly expired?: ExpiredRows;
}

/** What the commits of a one-to-one job say. */
export interface JobFigures {
  readonly read: number;
  readonly written: number;
  readonly quarantined: number;
  readonly deduplicated: number;
  /** Rows that it had written and that gave way to a later one of their key: they lie in quarantine now. */
  readonly superseded: number;
  /** Rows that it had written and that a later report of their key took the place of. */
  readonly replaced: number;
  /** Rows of the job's own table by the catalog. */
  readonly tableRows: number;
  /** Of its table. */
  readonly missing: readonly MissingObject[];
  /** Of its quarantine. */
  readonly missingQuarantine: readonly MissingObject[];
  /** Absent: none. */
  readonly expired?: ExpiredRows;
}

/** The steps of a path, each with what it knows by itself: a figure that two steps know is a check. */
export interface PathFigures {
  readonly stream: string;
  readonly table: string;
  readonly streamFigures: StreamFigures;
  readonly delivery: DeliveryFigures;
  /** The jobs from the delivery's table to the terminal one, in order. */
  readonly jobs: readonly (JobFigures & { readonly address: string })[];
  /** What is wrong along the path, each with its place. */
  readonly faults: readonly Fault[];
}

/** Draws up the account of a path and says where two steps contradict each other. */
export function accountOf(figures: PathFigures): Account {
  const { delivery, jobs, streamFigures } = figures;
  const produced = streamFigures.held + streamFigures.trimmed;
  let aged = delivery.expired ?? noneExpired;
  let { aside } = aged;
  let arrived = delivery.tableRows ?? delivery.delivered - aged.table;
  let pending = delivery.pending;
  let gone = delivery.missing;
  let quarantined = delivery.errored - rowsOf(delivery.missingErrors);
  let deduplicated = 0;
  for (const job of jobs) {
    pending += arrived + aged.table - job.read;
    quarantined += job.quarantined + job.superseded - rowsOf(job.missingQuarantine);
    deduplicated += job.deduplicated + job.replaced;
    arrived = job.tableRows;
    gone = job.missing;
    aged = job.expired ?? noneExpired;
    aside += aged.aside;
  }
  const { erased = 0, lost } = delivery;
  quarantined -= aside;
  const expired = streamFigures.expired + aged.table + aged.absent + aside;
  const delivered = arrived - rowsOf(gone) - aged.absent;
  const summands = { delivered, quarantined, deduplicated, pending, erased, expired, lost };
  const bounds = boundsOf(figures);
  const counted = Object.values(summands).reduce((sum, records) => sum + records, 0) - bounds.positions;
  const unseen = within(produced - counted, bounds.positions);
  return {
    stream: figures.stream,
    table: figures.table,
    produced,
    ...summands,
    ...(bounds.parts.length === 0 ? {} : { atMost: { parts: bounds.parts, records: unseen } }),
    missing: produced - counted - unseen,
    // A fault names its place; sums that differ by it would only say it again.
    problems:
      figures.faults.length > 0 ? figures.faults.map(faultText) : [...contradictions(figures), ...belowZero(summands)],
    faults: figures.faults,
  };
}

/** What of a path is known by positions alone, where these have gaps, and how many positions that is. */
function boundsOf({ streamFigures, delivery }: PathFigures): Pick<BoundedParts, 'parts'> & { positions: number } {
  const expired = streamFigures.expiredAtMost ? streamFigures.expired : 0;
  const lost = delivery.lostAtMost ? delivery.lost : 0;
  const parts = [...(expired > 0 ? (['expired'] as const) : []), ...(lost > 0 ? (['lost'] as const) : [])];
  return { parts, positions: expired + lost };
}

const within = (records: number, most: number): number => Math.min(Math.max(0, records), most);

/** A summand below zero makes up for another that has records which never came: the sum hides both. */
function belowZero(summands: Readonly<Record<string, number>>): string[] {
  return Object.entries(summands)
    .filter(([, records]) => records < 0)
    .map(([name, records]) => `${name} is ${records}: more went from there than ever came`);
}

/** True where every record is explained, none twice, and no two steps contradict each other. */
export function addsUp({ missing, problems }: Account): boolean {
  return missing === 0 && problems.length === 0;
}

function contradictions(figures: PathFigures): string[] {
  const { streamFigures, delivery, jobs } = figures;
  const problems: string[] = [];
  const check = (what: string, left: number, right: number, unsure = 0): void => {
    if (left - right !== within(left - right, unsure)) problems.push(`${what}: ${left} against ${right}`);
  };
  const { logged, delivered, errored, erased = 0, pending, unreadable, unregistered, lost, tableRows } = delivery;
  const { positions } = boundsOf(figures);
  check(
    'the stream took and let expire, the delivery passed, gave up or has before it',
    streamFigures.held + streamFigures.trimmed - streamFigures.expired + positions,
    logged + lost + pending + unreadable - unregistered,
    positions,
  );
  check('the delivery passed, delivered, set aside or has erased', logged, delivered + errored + erased);
  if (tableRows !== undefined)
    check(
      'the delivery delivered and registered, its table has',
      delivered - unregistered - expiredRows(delivery),
      tableRows,
    );
  for (const job of jobs) {
    const { address, read, written, quarantined, deduplicated, superseded, replaced } = job;
    check(`${address} read, wrote, quarantined or deduplicated`, read, written + quarantined + deduplicated);
    check(
      `${address} wrote and kept, its table has`,
      written - superseded - replaced - expiredRows(job),
      job.tableRows,
    );
  }
  return problems;
}

function expiredRows({ expired }: { readonly expired?: ExpiredRows }): number {
  return (expired ?? noneExpired).table;
}

function rowsOf(objects: readonly MissingObject[]): number {
  return objects.reduce((sum, { rows }) => sum + rows, 0);
}
