/** Kinds of events, in the order of their numbers. */
export const eventKinds = ['start', 'pause', 'resume', 'stop', 'complete'] as const;
export type EventKind = (typeof eventKinds)[number];

export const eventKindNumber = { start: 0, pause: 1, resume: 2, stop: 3, complete: 4 } as const;

/** What a row is besides an event: how it was tampered with on request. In the order of their numbers. */
export const rowVariants = ['clean', 'late', 'out-of-order', 'duplicate', 'conflict', 'malformed', 'invalid'] as const;
export type RowVariant = (typeof rowVariants)[number];
export const rowVariantNumber = {
  clean: 0,
  late: 1,
  'out-of-order': 2,
  duplicate: 3,
  conflict: 4,
  malformed: 5,
  invalid: 6,
} as const satisfies Record<RowVariant, number>;

/** Words of a row. Offsets are ms from the start of the slot in which it arrives (event time may be long before). */
export const rowWord = {
  arrival: 0,
  time: 1,
  session: 2,
  kind: 3,
  /** Number of the event in its session. */
  step: 4,
  playhead: 5,
  watched: 6,
  stalls: 7,
  stallSeconds: 8,
  errors: 9,
  bandwidth: 10,
  variant: 11,
} as const;
export const rowWords = 12;

const digitBits = 10;
const digits = 1 << digitBits;

/** Events that arrive in one slot, row by row in one array: objects would cost ten times the memory and time. */
export class EventRows {
  count = 0;
  words: Int32Array = new Int32Array(rowWords * 256);
  /** What `order` works in, kept for the next time. */
  #orders: readonly [Int32Array, Int32Array] = [new Int32Array(256), new Int32Array(256)];
  readonly #starts = new Int32Array(digits + 1);

  /** Takes all rows out; the room stays, for rows of another slot. */
  clear(): void {
    this.count = 0;
  }

  /** Index in `words` of a new row. */
  append(): number {
    const at = this.count * rowWords;
    if (at + rowWords > this.words.length) {
      const larger = new Int32Array(this.words.length * 2);
      larger.set(this.words);
      this.words = larger;
    }
    this.count += 1;
    return at;
  }

  /**
   * Row numbers in order of arrival; rows that arrive in the same ms keep the order in which they were added. A radix
   * sort: rows are many and their arrivals lie within a slot, so two passes do. Valid until the rows change.
   */
  order(): Int32Array {
    const { count, words } = this;
    if (count > this.#orders[0].length) this.#orders = [new Int32Array(count * 2), new Int32Array(count * 2)];
    let [order, other] = this.#orders;
    let latest = 0;
    for (let row = 0; row < count; row += 1) {
      latest = Math.max(latest, words[row * rowWords + rowWord.arrival] ?? 0);
      order[row] = row;
    }
    for (let shift = 0; latest >> shift > 0; shift += digitBits) {
      this.#orderByDigit(order, shift, other);
      [order, other] = [other, order];
    }
    return order.subarray(0, count);
  }

  /** Puts rows in the order of one digit of their arrival; those with the same digit stay in order. */
  #orderByDigit(rows: Int32Array, shift: number, ordered: Int32Array): void {
    const { words } = this;
    const starts = this.#starts.fill(0);
    for (let row = 0; row < this.count; row += 1) {
      const digit = ((words[row * rowWords + rowWord.arrival] ?? 0) >> shift) & (digits - 1);
      starts[digit + 1] = (starts[digit + 1] ?? 0) + 1;
    }
    for (let digit = 1; digit < digits; digit += 1) starts[digit] = (starts[digit] ?? 0) + (starts[digit - 1] ?? 0);
    for (let i = 0; i < this.count; i += 1) {
      const row = rows[i] ?? 0;
      const digit = ((words[row * rowWords + rowWord.arrival] ?? 0) >> shift) & (digits - 1);
      const place = starts[digit] ?? 0;
      ordered[place] = row;
      starts[digit] = place + 1;
    }
  }
}
