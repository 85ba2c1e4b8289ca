/**
 * Room that records are encoded into, a batch each, until they are compressed. Few are there, and they are used again: buffers
 * that are made and dropped for each batch bring the collector near all the time, and hold what they held until it has come.
 */
export class EncodingRooms {
  readonly #sizeBytes: number;
  readonly #spare: Buffer[] = [];
  #more: number;
  readonly #waiting: ((room: Buffer) => void)[] = [];

  constructor(sizeBytes: number, most = mostRooms) {
    this.#sizeBytes = sizeBytes;
    this.#more = most;
  }

  /** Waits until there is one. Who takes it gives it back. */
  async take(): Promise<Buffer> {
    const spare = this.#spare.pop();
    if (spare !== undefined) return spare;
    if (this.#more === 0) return new Promise((resolve) => this.#waiting.push(resolve));
    this.#more -= 1;
    return Buffer.allocUnsafeSlow(this.#sizeBytes);
  }

  giveBack(room: Buffer): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#spare.push(room);
    else next(room);
  }
}

/** As many as Node compresses beside the event loop. */
const mostRooms = 4;
