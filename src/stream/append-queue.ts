import type { ProducedBatch } from '../record/batch.ts';
import { concatProduced } from '../record/batch-slice.ts';
import { overtaken } from './append-check.ts';
import type { AppendRequest, AppendResult } from './stream.ts';

/** Records of one source with consecutive sequences, from one request or from several that follow each other. */
export interface AppendUnit {
  readonly source: string;
  readonly firstSequence: bigint;
  readonly batch: ProducedBatch;
}

/** The answer for a unit, from which each of its requests gets its part. */
export interface UnitAnswer {
  readonly partitions: Uint16Array;
  readonly positions: BigInt64Array;
  /** How many of the records `from` to `to` of the unit were there before. */
  readonly resentWithin: (from: number, to: number) => number;
  /** How many of those that were not there before are about somebody who was erased. */
  readonly erasedWithin: (from: number, to: number) => number;
}

interface Waiting {
  readonly count: number;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (error: unknown) => void;
}

/** Requests of one source that follow each other without a gap, and will be answered together. */
export interface PendingUnit {
  readonly unit: AppendUnit;
  /** Rises with every request: the order of arrival. */
  readonly ticket: number;
  readonly waiting: readonly Waiting[];
  resolve(answer: UnitAnswer): void;
  reject(error: unknown): void;
}

export interface AppendQueue {
  readonly empty: boolean;
  /** Of the values that wait. */
  readonly sizeBytes: number;
  push(request: AppendRequest): Promise<AppendResult>;
  /** The next requests in order, up to a group's worth; small ones that follow each other become one unit. */
  takeGroup(): readonly PendingUnit[];
  /**
   * Whether a unit may still be written now. Not when an older one of its source was put back (it follows it into the
   * queue) nor when an older one failed (it fails too): else the log would hold a source's records out of order, or
   * with a hole that a restart, which asks for the last sequence, would never fill.
   */
  admit(pending: PendingUnit): boolean;
  putBack(pending: PendingUnit): void;
  /** Rejects these, and whatever waits behind them from the same sources. */
  fail(pending: readonly PendingUnit[], error: unknown): void;
}

/** A group takes requests until they hold this much, so that memory stays bounded. */
const groupBytes = 64 * 1024 ** 2;
/** Units below this are worth a copy to save a frame. */
const mergedBytes = 1024 ** 2;

export function appendQueue(): AppendQueue {
  let queue: PendingUnit[] = [];
  let nextTicket = 0;
  /** Source → newest ticket when one of its requests failed. */
  const failedThrough = new Map<string, number>();
  return {
    get empty() {
      return queue.length === 0;
    },
    get sizeBytes() {
      return queue.reduce((sum, { unit }) => sum + unit.batch.values.length, 0);
    },
    push: (request) =>
      new Promise((resolve, reject) => {
        const { source, firstSequence, batch } = request;
        const waiting = [{ count: batch.count, resolve, reject }];
        queue.push(pendingUnit({ source, firstSequence, batch }, nextTicket, waiting));
        nextTicket += 1;
      }),
    takeGroup: () => {
      let bytes = 0;
      let taken = 0;
      while (taken < queue.length && (taken === 0 || bytes < groupBytes)) {
        bytes += queue[taken]?.unit.batch.values.length ?? 0;
        taken += 1;
      }
      const group = mergeNeighbours(queue.slice(0, taken));
      queue = queue.slice(taken);
      return group;
    },
    admit: (pending) => {
      const { source } = pending.unit;
      if (pending.ticket <= (failedThrough.get(source) ?? -1)) {
        pending.reject(overtaken(source));
        return false;
      }
      if (!queue.some((other) => other.unit.source === source && other.ticket < pending.ticket)) return true;
      queue = inOrder([...queue, pending]);
      return false;
    },
    putBack: (pending) => {
      queue = inOrder([...queue, pending]);
    },
    fail: (failed, error) => {
      const sources = new Set(failed.map(({ unit }) => unit.source));
      for (const pending of failed) pending.reject(error);
      for (const source of sources) failedThrough.set(source, nextTicket - 1);
      const behind = queue.filter(({ unit }) => sources.has(unit.source));
      queue = queue.filter(({ unit }) => !sources.has(unit.source));
      for (const pending of behind) pending.reject(overtaken(pending.unit.source));
    },
  };
}

function inOrder(units: readonly PendingUnit[]): PendingUnit[] {
  return units.toSorted((a, b) => a.ticket - b.ticket);
}

function mergeNeighbours(units: readonly PendingUnit[]): readonly PendingUnit[] {
  const runs: PendingUnit[][] = [];
  const lastRunOf = new Map<string, PendingUnit[]>();
  for (const pending of units) {
    const run = lastRunOf.get(pending.unit.source);
    if (run !== undefined && follows(run, pending.unit)) {
      run.push(pending);
      continue;
    }
    const begun = [pending];
    runs.push(begun);
    lastRunOf.set(pending.unit.source, begun);
  }
  return runs.map(joined);
}

function follows(run: readonly PendingUnit[], next: AppendUnit): boolean {
  const last = run.at(-1)?.unit;
  if (last === undefined || last.firstSequence + BigInt(last.batch.count) !== next.firstSequence) return false;
  const bytes = run.reduce((sum, { unit }) => sum + unit.batch.values.length, next.batch.values.length);
  return (
    bytes <= mergedBytes &&
    last.batch.lineFramed === next.batch.lineFramed &&
    last.batch.checkedObjects === next.batch.checkedObjects
  );
}

function joined(run: readonly PendingUnit[]): PendingUnit {
  const [first] = run;
  if (first === undefined) throw new RangeError('an empty run of requests');
  if (run.length === 1) return first;
  const batch = concatProduced(run.map(({ unit }) => unit.batch));
  return pendingUnit(
    { source: first.unit.source, firstSequence: first.unit.firstSequence, batch },
    first.ticket,
    run.flatMap(({ waiting }) => waiting),
  );
}

function pendingUnit(unit: AppendUnit, ticket: number, waiting: readonly Waiting[]): PendingUnit {
  return {
    unit,
    ticket,
    waiting,
    resolve: ({ partitions, positions, resentWithin, erasedWithin }) => {
      let from = 0;
      for (const { count, resolve } of waiting) {
        const to = from + count;
        const resent = resentWithin(from, to);
        resolve({
          logged: count - resent,
          resent,
          erased: erasedWithin(from, to),
          partitions: partitions.subarray(from, to),
          positions: positions.subarray(from, to),
        });
        from = to;
      }
    },
    reject: (error) => {
      for (const { reject } of waiting) reject(error);
    },
  };
}
