/**
 * Room where parts are joined before they are packed, used again for what is packed later: a new buffer of several megabytes for
 * each object costs more than filling it, and lies there until the next collection.
 */
export class PackingRoom {
  readonly #spare: Uint8Array[] = [];

  /** The parts one after the other. Their bytes are the caller's until it gives them back. */
  joined(parts: readonly Uint8Array[]): Uint8Array {
    const sizeBytes = parts.reduce((sum, part) => sum + part.length, 0);
    const spare = this.#spare.pop();
    const room = spare !== undefined && spare.length >= sizeBytes ? spare : Buffer.allocUnsafeSlow(sizeBytes);
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
