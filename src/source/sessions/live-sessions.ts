/** Words of a session. */
export const sessionWord = {
  viewer: 0,
  title: 1,
  device: 2,
  os: 3,
  quality: 4,
  connection: 5,
  release: 6,
  titleSeconds: 7,
  sessionId: 8,
  deviceId: 9,
  /** Sequence of the session, from which its events' ids derive: the event's step is added to the high word. */
  sequenceHigh: 10,
  sequenceLow: 11,
  /** Rows that have not been rendered; at 0 the place is free again. */
  pending: 12,
  /** 1 once the renderer has looked up what stays the same in all its records. */
  rendered: 13,
} as const;
export const sessionWords = 14;

/** Sessions that still have events to come: places are used again, so memory follows how many are live at once. */
export class LiveSessions {
  words: Int32Array = new Int32Array(sessionWords * 4096);
  startMs: Float64Array = new Float64Array(4096);
  #used = 0;
  #free: number[] = [];

  /** Index in `words` of a place for a session. */
  take(startMs: number): number {
    let place = this.#free.pop();
    if (place === undefined) {
      place = this.#used;
      this.#used += 1;
      if (this.#used > this.startMs.length) this.#grow();
    }
    this.startMs[place] = startMs;
    this.words[place * sessionWords + sessionWord.pending] = 0;
    this.words[place * sessionWords + sessionWord.rendered] = 0;
    return place * sessionWords;
  }

  startOf(at: number): number {
    return this.startMs[at / sessionWords] ?? 0;
  }

  addPending(at: number): void {
    this.words[at + sessionWord.pending] = (this.words[at + sessionWord.pending] ?? 0) + 1;
  }

  /** One of its rows has been rendered, or it has none. */
  release(at: number, rows: number): void {
    const left = (this.words[at + sessionWord.pending] ?? 0) - rows;
    this.words[at + sessionWord.pending] = left;
    if (left === 0) this.#free.push(at / sessionWords);
  }

  clear(): void {
    this.#used = 0;
    this.#free = [];
  }

  #grow(): void {
    const words = new Int32Array(this.words.length * 2);
    words.set(this.words);
    this.words = words;
    const startMs = new Float64Array(this.startMs.length * 2);
    startMs.set(this.startMs);
    this.startMs = startMs;
  }
}
