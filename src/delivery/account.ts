import { PlayheadError } from '../base/errors.ts';
import { bitAt } from '../record/batch.ts';
import type { PartitionRange, Slice } from './arrival-queue.ts';
import type { RejectedRecord } from './error-record.ts';
import type { AccountLine } from './plan.ts';

const hourMs = 3_600_000;

interface Figures {
  logged: number;
  delivered: number;
  errored: number;
  erased: number;
  foreign: number;
}

/**
 * Counts what became of each record of a plan, by partition and arrival hour. The three columns are counted apart, where
 * the records are read, put into objects and rejected; `lines` holds them against each other.
 */
export class DeliveryAccount {
  readonly #byPartition = new Map<number, { from: bigint; until: bigint; hours: Map<number, Figures> }>();

  /** Records that the log gave for a range of the plan. */
  logged(ranges: readonly PartitionRange[], slices: readonly Slice[]): void {
    for (const { partition, from, until } of ranges) {
      const known = this.#byPartition.get(partition);
      if (known === undefined) this.#byPartition.set(partition, { from, until, hours: new Map() });
      else {
        known.from = from < known.from ? from : known.from;
        known.until = until > known.until ? until : known.until;
      }
    }
    for (const slice of slices) {
      this.#count(slice, 'logged');
      if (slice.batch.foreign) this.#count(slice, 'foreign');
      this.#countErased(slice);
    }
  }

  delivered(slices: readonly Slice[], rejected: readonly RejectedRecord[]): void {
    for (const slice of slices) this.#count(slice, 'delivered');
    for (const record of rejected) this.#figures(record.partition, record.arrivalMs).delivered -= 1;
  }

  errored(rejected: readonly RejectedRecord[]): void {
    for (const record of rejected) this.#figures(record.partition, record.arrivalMs).errored += 1;
  }

  /** PH_DOES_NOT_ADD_UP where a record was neither delivered nor rejected, or both: nothing of it may be committed. */
  lines(): AccountLine[] {
    const lines = [...this.#byPartition].flatMap(([partition, { from, until, hours }]) =>
      [...hours].map(([hour, figures]) => ({
        partition,
        from: String(from),
        until: String(until),
        hourMs: hour * hourMs,
        ...withoutNone(figures),
      })),
    );
    const wrong = lines.find(({ logged, delivered, errored, erased = 0 }) => logged !== delivered + errored + erased);
    if (wrong !== undefined) {
      const { partition, hourMs: startMs, logged, delivered, errored, erased = 0 } = wrong;
      const counts = `${logged} logged, ${delivered} delivered, ${errored} errored, ${erased} erased`;
      const message = `partition ${partition}, hour ${new Date(startMs).toISOString()}: ${counts}`;
      throw new PlayheadError('PH_DOES_NOT_ADD_UP', message, { details: { ...wrong } });
    }
    return lines.sort((a, b) => a.partition - b.partition || a.hourMs - b.hourMs);
  }

  /** Neighbours mostly share their hour: one look-up a run of them. */
  #count({ batch, from, to }: Slice, column: 'logged' | 'delivered' | 'foreign'): void {
    let runStart = from;
    for (let i = from; i < to; ) {
      const hour = Math.floor((batch.arrivalMs[i] ?? 0) / hourMs);
      const startMs = hour * hourMs;
      const endMs = startMs + hourMs;
      for (i += 1; i < to; i += 1) {
        const arrival = batch.arrivalMs[i] ?? 0;
        if (arrival < startMs || arrival >= endMs) break;
      }
      this.#figures(batch.partition, startMs)[column] += i - runStart;
      runStart = i;
    }
  }

  /** What an erasure took out of the log is in no object. */
  #countErased({ batch, from, to }: Slice): void {
    if (batch.erased === undefined) return;
    for (let i = from; i < to; i += 1)
      if (bitAt(batch.erased, i)) this.#figures(batch.partition, batch.arrivalMs[i] ?? 0).erased += 1;
  }

  #figures(partition: number, arrivalMs: number): Figures {
    const known = this.#byPartition.get(partition);
    if (known === undefined) throw new RangeError(`no range of partition ${partition} was logged`);
    const hour = Math.floor(arrivalMs / hourMs);
    let figures = known.hours.get(hour);
    if (figures === undefined) {
      figures = { logged: 0, delivered: 0, errored: 0, erased: 0, foreign: 0 };
      known.hours.set(hour, figures);
    }
    return figures;
  }
}

/** Erasures are rare, and few logs have other writers: a line without any does not name them. */
function withoutNone({ erased, foreign, ...figures }: Figures): Pick<AccountLine, keyof Figures> {
  return { ...figures, ...(erased === 0 ? {} : { erased }), ...(foreign === 0 ? {} : { foreign }) };
}
