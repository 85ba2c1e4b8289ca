import { storedCommits } from '../commit/packed-commits.ts';
import { deliverySeriesNames } from '../delivery/contributors.ts';
import { type DeliveryCommit, objectsIn } from '../delivery/plan.ts';
import type { DeliveryState } from '../delivery/state.ts';
import type { ObjectStore } from '../lake/object-store.ts';
import type { CommittedVersion, DeliveryFigures } from './account.ts';
import { type DeliverySums, type PassedRecords, type PresentLog, SummingLines } from './delivery-sums.ts';
import type { Fault } from './fault.ts';

/** What the commits of a delivery say, over all of its epochs and lanes. */
export interface DeliveryLedger {
  readonly figures: Pick<DeliveryFigures, 'logged' | 'delivered' | 'errored' | 'erased' | 'lost'>;
  /** Of the lines of its account. */
  readonly sums: DeliverySums;
  /** Where it began in the present log, by partition. */
  readonly begins: ReadonlyMap<number, bigint>;
  /** Records of logs that stood where the present one does and are gone. */
  readonly ofFormerLogs: number;
  readonly objects: readonly CommittedVersion[];
  /** Wall clock of each commit, by series; holes where they are gone. */
  readonly committedMs: ReadonlyMap<string, readonly number[]>;
  /** Commits that are gone, by series. */
  readonly gone: ReadonlyMap<string, readonly number[]>;
  readonly faults: readonly Fault[];
}

/**
 * Reads all commits of a delivery; of each its objects are kept, all else is summed up. Without a present log, none is a former
 * one: nobody said that it was given up. With the `heads` of its lanes, only what was committed when they were looked at: the
 * delivery may go on.
 */
export async function readDelivery(
  lake: ObjectStore,
  delivery: string,
  log: PresentLog | undefined,
  heads: DeliveryState['series'] = [],
): Promise<DeliveryLedger> {
  const reading = new Reading(log);
  const names = await deliverySeriesNames(lake, delivery);
  const newest = heads.reduce((last, { name }) => Math.max(last, names.indexOf(name)), -1);
  for (const series of heads.length === 0 ? names : names.slice(0, newest + 1)) {
    reading.begin(series);
    const next = heads.find(({ name }) => name === series)?.next;
    for await (const { n, etag, commit } of storedCommits<DeliveryCommit>(lake, series)) {
      // Behind a commit that is gone there may be others: those were there before.
      if (n === next) break;
      reading.take(n, etag, commit);
    }
  }
  return reading.result();
}

/** Of a stream that no delivery reads: nothing was delivered. */
export function undelivered(log: PresentLog | undefined): DeliveryLedger {
  return new Reading(log).result();
}

const commitsMissing = (from: number, to: number): string =>
  to - from === 1 ? `commit ${from} is gone` : `commits ${from} to ${to - 1} are gone`;

/** The commits of a delivery as they are read, in order: what they sum to, and where they contradict each other. */
class Reading {
  readonly #topicId: string | undefined;
  readonly #sums: SummingLines;
  readonly #begins = new Map<number, bigint>();
  readonly #objects: CommittedVersion[] = [];
  readonly #committedMs = new Map<string, number[]>();
  readonly #gone = new Map<string, number[]>();
  readonly #faults: Fault[] = [];
  readonly #lost = { present: 0, former: 0 };
  #series = '';
  #next = 0;
  #times: number[] = [];
  /** Decimal, by partition: the commits' own words, which need no number to be compared for being the same. */
  #positions: Record<string, string> = {};
  #etags = new Map<string, number>();

  constructor(log: PresentLog | undefined) {
    this.#topicId = log?.id;
    this.#sums = new SummingLines(log);
  }

  begin(series: string): void {
    this.#series = series;
    this.#next = 0;
    this.#positions = {};
    this.#etags = new Map();
    this.#times = [];
    this.#committedMs.set(series, this.#times);
    this.#gone.set(series, []);
  }

  take(n: number, etag: string, commit: DeliveryCommit): void {
    const afterGap = n > this.#next;
    if (afterGap) this.#missing(n, commit);
    this.#next = n + 1;
    this.#times[n] = commit.committedAtMs;
    const doubles = this.#etags.get(etag) ?? this.#repeated(commit);
    if (doubles !== undefined) {
      this.#doubled(n, doubles, commit);
      return;
    }
    this.#etags.set(etag, n);
    if (commit.kind === 'flushes') this.#flushes(n, commit, afterGap);
    const ofPresent = this.#topicId === undefined || (commit.topicId ?? this.#topicId) === this.#topicId;
    if (commit.kind === 'flushes' && ofPresent) this.#sums.add(commit.account, { series: this.#series, commit: n });
    else if (commit.kind === 'flushes') this.#sums.addFormer(commit.account);
    if (commit.kind === 'loss')
      for (const [, from, until] of commit.lost)
        this.#lost[ofPresent ? 'present' : 'former'] += Number(BigInt(until) - BigInt(from));
    if (commit.kind === 'open' && ofPresent)
      for (const [partition, position] of Object.entries(commit.positions))
        if (!this.#begins.has(Number(partition))) this.#begins.set(Number(partition), BigInt(position));
    Object.assign(this.#positions, commit.positions);
    for (const { kind, key, etag: objectEtag, sha256, rows, flush } of objectsIn(commit)) {
      const hash = sha256 === undefined ? {} : { sha256 };
      this.#objects.push({ key, etag: objectEtag, ...hash, rows, series: this.#series, commit: n, flush, holds: kind });
    }
  }

  result(): DeliveryLedger {
    const sums = this.#sums;
    const all = [...sums.hours.values(), sums.former];
    const sum = (of: keyof PassedRecords): number => all.reduce((total, line) => total + line[of], 0);
    return {
      figures: {
        logged: sum('logged'),
        delivered: sum('delivered'),
        errored: sum('errored'),
        erased: sum('erased'),
        lost: this.#lost.present + this.#lost.former,
      },
      sums,
      begins: this.#begins,
      ofFormerLogs: this.#lost.former + sums.former.logged,
      objects: this.#objects,
      committedMs: this.#committedMs,
      gone: this.#gone,
      faults: this.#faults,
    };
  }

  /** The number of the commit before that moved over the same positions, where all that this one says was said. */
  #repeated(commit: DeliveryCommit): number | undefined {
    if (commit.kind !== 'flushes' || commit.account.length === 0) return undefined;
    const passed = commit.account.every(({ partition, until }) => {
      const position = this.#positions[partition];
      return position !== undefined && BigInt(until) <= BigInt(position);
    });
    return passed ? this.#next - 2 : undefined;
  }

  #doubled(n: number, before: number, commit: DeliveryCommit): void {
    const ranges = commit.kind === 'flushes' ? commit.account : [];
    const [first] = ranges;
    const rows = ranges.reduce((sum, { logged }) => sum + logged, 0);
    this.#faults.push({
      kind: 'commit-doubled',
      message: `doubled: it says again what commit ${before} said, ${rows} records${first === undefined ? '' : `, partition ${first.partition} from ${first.from}`}`,
      rows,
      place: { series: this.#series, commit: n },
    });
  }

  #missing(n: number, commit: DeliveryCommit): void {
    const from = this.#next;
    for (let missing = from; missing < n; missing += 1) this.#gone.get(this.#series)?.push(missing);
    const skipped = Object.entries(startsOf(commit)).filter(
      ([partition, start]) => BigInt(start) > BigInt(this.#positions[partition] ?? start),
    );
    const ranges = skipped.map(
      ([partition, start]) => `partition ${partition}, ${this.#positions[partition]} to ${start}`,
    );
    this.#faults.push({
      kind: 'commit-missing',
      message: `${commitsMissing(from, n)}${ranges.length === 0 ? '' : `, and with it the account of ${ranges.join('; ')}`}`,
      place: { series: this.#series, commit: from },
    });
  }

  #flushes(n: number, commit: Extract<DeliveryCommit, { kind: 'flushes' }>, afterGap: boolean): void {
    const place = { series: this.#series, commit: n };
    const unbalanced = imbalanceOf(commit);
    if (unbalanced !== undefined) this.#faults.push({ kind: 'commit-unbalanced', message: unbalanced, place });
    if (afterGap) return;
    let counted = -1;
    for (const { partition, from: start } of commit.account) {
      const stands = this.#positions[partition];
      if (partition === counted || stands === undefined || stands === start) continue;
      counted = partition;
      const message = `partition ${partition} stood at ${stands}, the commit counts from ${start} on`;
      const positions = { from: stands, until: start };
      this.#faults.push({ kind: 'positions-skipped', message, place: { ...place, partition, ...positions } });
    }
  }
}

/** Positions that a commit counts from; of one that counts nothing, those that it stands at. */
function startsOf(commit: DeliveryCommit): Readonly<Record<string, string>> {
  if (commit.kind !== 'flushes') return commit.positions;
  return Object.fromEntries(commit.account.map(({ partition, from }) => [partition, from]));
}

/** What of a commit's own figures contradicts the others, undefined where they agree. */
function imbalanceOf({ account, objects }: Extract<DeliveryCommit, { kind: 'flushes' }>): string | undefined {
  const wrong = account.find(({ logged, delivered, errored, erased = 0 }) => logged !== delivered + errored + erased);
  if (wrong !== undefined)
    return `partition ${wrong.partition}: ${wrong.logged} logged, ${wrong.delivered} delivered, ${wrong.errored} errored, ${wrong.erased ?? 0} erased`;
  for (const [kind, column] of [
    ['data', 'delivered'],
    ['error', 'errored'],
  ] as const) {
    const counted = account.reduce((sum, line) => sum + line[column], 0);
    const rows = objects.reduce((sum, object) => (object.kind === kind ? sum + object.rows : sum), 0);
    if (counted !== rows) return `${counted} ${column}, but ${rows} rows in its ${kind} objects`;
  }
  return undefined;
}
