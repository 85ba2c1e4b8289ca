import type { AccountLine } from '../delivery/plan.ts';
import type { Position } from '../record/batch.ts';
import type { TopicState } from '../stream/stream.ts';

/** What the log is held to: its name, and where its partitions begin and end. */
export type PresentLog = Pick<TopicState, 'id' | 'state'>;

/** Records of one hour of arrival that a delivery's commits passed. */
export interface PassedRecords {
  readonly logged: number;
  readonly delivered: number;
  readonly errored: number;
  readonly erased: number;
  /** Of `logged`: written by another program, and in no source's account. */
  readonly foreign: number;
}

export interface CommitPlace {
  readonly series: string;
  readonly commit: number;
}

/** What the lines of a delivery's account sum to: how many there are grows with the commits, how many hours and partitions doesn't. */
export interface DeliverySums {
  /** Of the present log, by the hour's start, ms since 1970 UTC. */
  readonly hours: ReadonlyMap<number, PassedRecords>;
  /** Records of logs that stood where the present one does and are gone. */
  readonly former: PassedRecords;
  /**
   * Records below the start of the present log. A commit that the start cuts in two counts below it what the log does not hold
   * of it any more: an estimate on a log whose positions have gaps.
   */
  readonly belowStart: number;
  /** The first commit that passed the end of the present log, by partition: of a log that was cut. */
  readonly pastEnd: ReadonlyMap<number, CommitPlace>;
}

type Sums = Record<keyof PassedRecords, number>;

interface Bounds {
  readonly start: Position;
  readonly end: Position;
}

/** Adds up the lines of commits as they are read. */
export class SummingLines implements DeliverySums {
  readonly hours = new Map<number, Sums>();
  readonly former = none();
  readonly pastEnd = new Map<number, CommitPlace>();
  belowStart = 0;
  readonly #bounds: ReadonlyMap<number, Bounds>;

  constructor(log: PresentLog | undefined) {
    this.#bounds = new Map((log?.state ?? []).map(({ partition, start, end }) => [partition, { start, end }]));
  }

  addFormer(lines: readonly AccountLine[]): void {
    for (const line of lines) add(this.former, line);
  }

  /** The lines of a commit: those of a partition follow one another, and have one range. */
  add(lines: readonly AccountLine[], place: CommitPlace): void {
    let [hourMs, sums, partition] = [Number.NaN, none(), -1];
    for (const line of lines) {
      // Neighbours mostly share their hour.
      if (line.hourMs !== hourMs) {
        hourMs = line.hourMs;
        sums = this.hours.get(hourMs) ?? none();
        this.hours.set(hourMs, sums);
      }
      add(sums, line);
      const bounds = this.#bounds.get(line.partition);
      if (bounds !== undefined) this.#holdTo(bounds, line, line.partition !== partition, place);
      partition = line.partition;
    }
  }

  #holdTo({ start, end }: Bounds, line: AccountLine, isFirst: boolean, place: CommitPlace): void {
    const until = BigInt(line.until);
    if (until > end && !this.pastEnd.has(line.partition)) this.pastEnd.set(line.partition, place);
    if (BigInt(line.from) >= start) return;
    this.belowStart += line.logged;
    if (isFirst && until > start) this.belowStart -= Number(until - start);
  }
}

function none(): Sums {
  return { logged: 0, delivered: 0, errored: 0, erased: 0, foreign: 0 };
}

function add(sums: Sums, { logged, delivered, errored, erased = 0, foreign = 0 }: AccountLine): void {
  sums.logged += logged;
  sums.delivered += delivered;
  sums.errored += errored;
  sums.erased += erased;
  sums.foreign += foreign;
}
