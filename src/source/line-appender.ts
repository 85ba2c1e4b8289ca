import { mebibytes } from '../base/units.ts';
import type { ProducedBatch } from '../record/batch.ts';
import { BatchBuilder } from '../record/batch-builder.ts';
import { sliceProduced } from '../record/batch-slice.ts';
import type { Stream } from '../stream/stream.ts';
import { keyConflicts } from './key-conflicts.ts';

interface LineRecord {
  /** Where it came from, for messages. */
  readonly line: number;
  readonly sequence: number;
  readonly bytes: Uint8Array;
  readonly key: Uint8Array | undefined;
  readonly arrivalMs: number;
  readonly isObject: boolean;
}

/** Collects lines into batches and appends them, several under way at a time so that they share a write to the disk. */
export interface LineAppender {
  /** `conflicting`: not logged, as the log has another record by the same source and line. */
  readonly counts: {
    readonly logged: number;
    readonly resent: number;
    readonly conflicting: number;
    /** Of `logged`: about somebody who was erased. */
    readonly erased: number;
  };
  /** The first line that may not be in the log, and why. */
  readonly failure: { readonly error: unknown; readonly line: number } | undefined;
  /** Enough was added for an append. */
  readonly full: boolean;
  add(record: LineRecord): void;
  /** Sends what was added; waits while much is under way. Sends nothing more once an append has failed. */
  send(): Promise<void>;
  /** Resolves when nothing is under way any more. Never rejects. */
  settle(): Promise<void>;
}

/** An append takes about this much where input comes fast. */
const batchBytes = mebibytes(4);
/** A line more, and it is full. */
const roomBytes = batchBytes + mebibytes(1);
/** So much may be under way before the input has to wait. */
const inFlightBytes = mebibytes(16);

interface Run {
  /** Index of the run's first record in the batch. */
  readonly from: number;
  readonly sequence: number;
  readonly line: number;
}

export function lineAppender(
  stream: Stream,
  { topic, source, keyed }: { readonly topic: string; readonly source: string; readonly keyed: boolean },
  onConflict: (line: number) => void,
): LineAppender {
  const builder = new BatchBuilder({ lineFramed: true, checkedObjects: true, keyed, capacityBytes: roomBytes });
  const counts = { logged: 0, resent: 0, conflicting: 0, erased: 0 };
  let failure: LineAppender['failure'];
  /** An append's sequences follow each other: a batch is sent as the runs between gaps (blank and refused lines). */
  let runs: Run[] = [];
  let nextSequence: number | undefined;
  let allObjects = true;
  let underWay: { readonly sizeBytes: number; readonly done: Promise<void> }[] = [];

  const append = async (run: Run, batch: ProducedBatch): Promise<void> => {
    try {
      const result = await stream.append({ topic, source, firstSequence: BigInt(run.sequence), batch });
      counts.logged += result.logged;
      counts.erased += result.erased;
      const conflicts = await keyConflicts(stream, topic, batch, result);
      counts.resent += result.resent - conflicts.length;
      counts.conflicting += conflicts.length;
      // Where sequences are compared, they are the lines' numbers.
      for (const index of conflicts) onConflict(run.line + index);
    } catch (error) {
      if (failure === undefined || run.line < failure.line) failure = { error, line: run.line };
    }
  };
  return {
    counts,
    get full() {
      return builder.sizeBytes >= batchBytes;
    },
    get failure() {
      return failure;
    },
    add: ({ line, sequence, bytes, key, arrivalMs, isObject }) => {
      if (sequence !== nextSequence || builder.count === 0) runs.push({ from: builder.count, sequence, line });
      nextSequence = sequence + 1;
      allObjects &&= isObject;
      builder.addLine(bytes, arrivalMs, key);
    },
    send: async () => {
      if (builder.count === 0 || failure !== undefined) return;
      const batch = { ...builder.take(), checkedObjects: allObjects };
      const parts = runs.map((run, at) => {
        const part = sliceProduced(batch, run.from, runs[at + 1]?.from ?? batch.count);
        return append(run, part);
      });
      const done = Promise.all(parts).then(() => {
        // Of a failed append, the log may hold on to the bytes.
        if (failure === undefined) builder.giveBack(batch);
      });
      underWay.push({ sizeBytes: batch.values.length, done });
      runs = [];
      allObjects = true;
      let waiting = underWay.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      while (waiting > inFlightBytes) {
        const oldest = underWay.shift();
        await oldest?.done;
        waiting -= oldest?.sizeBytes ?? waiting;
      }
    },
    settle: async () => {
      await Promise.all(underWay.map(({ done }) => done));
      underWay = [];
    },
  };
}
