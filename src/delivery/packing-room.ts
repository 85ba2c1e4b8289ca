/** Rooms of one size where parts are joined, used again: a new buffer costs more than filling it, and lies there until a collection. */
export class PackingRoom {
  readonly #sizeBytes: number;
  readonly #spare: Uint8Array[] = [];

  constructor(sizeBytes: number) {
    this.#sizeBytes = sizeBytes;
  }

  /** The parts one after the other: no more than a room holds. Their bytes are the caller's until it gives them back. */
  joined(parts: readonly Uint8Array[]): Uint8Array {
    const room = this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.#sizeBytes);
    let at = 0;
    for (const part of parts) {
      room.set(part, at);
      at += part.length;
    }
    return room.subarray(0, at);
  }

  /** Nobody reads these bytes any more. */
  giveBack({ buffer }: Uint8Array): void {
    this.#spare.push(new Uint8Array(buffer));
  }
}
