/** Kinds of events, in the order of their numbers. */
export const eventKinds = ['start', 'pause', 'resume', 'stop', 'complete'] as const;

export const eventKindNumber = { start: 0, pause: 1, resume: 2, stop: 3, complete: 4 } as const;

/** What a row is besides an event: how it was tampered with on request. In the order of their numbers. */
export const rowVariants = ['clean', 'late', 'out-of-order', 'duplicate', 'conflict', 'malformed'] as const;
export type RowVariant = (typeof rowVariants)[number];
export const rowVariantNumber = {
  clean: 0,
  late: 1,
  'out-of-order': 2,
  duplicate: 3,
  conflict: 4,
  malformed: 5,
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

/** Events that arrive in one slot, row by row in one array: objects would cost ten times the memory and time. */
export class EventRows {
  count = 0;
  words: Int32Array = new Int32Array(rowWords * 256);

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

  /** Row numbers in order of arrival; rows that arrive in the same ms keep the order in which they were added. */
  order(): Float64Array {
    const keys = new Float64Array(this.count);
    for (let row = 0; row < this.count; row += 1) {
      keys[row] = (this.words[row * rowWords + rowWord.arrival] ?? 0) * rowsAtMost + row;
    }
    keys.sort();
    for (let i = 0; i < this.count; i += 1) keys[i] = (keys[i] ?? 0) % rowsAtMost;
    return keys;
  }
}

const rowsAtMost = 2 ** 24;
