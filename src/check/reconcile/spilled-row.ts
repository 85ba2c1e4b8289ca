/** A record on its way to be compared with those of its key. */
export interface SpilledRow {
  readonly key: Uint8Array;
  readonly bytes: Uint8Array;
  /** Number of its container. */
  readonly container: number;
  /** Number of its container's shape. */
  readonly shape: number;
  readonly at: string;
  /** ms since 1970 UTC; NaN where nothing says when it was. */
  readonly timeMs: number;
}

/** Key, position and bytes by length; container; shape; time. */
const headerBytes = 28;

/** What a row takes in a spill. */
export function rowBytes({ key, bytes, at }: SpilledRow): number {
  return headerBytes + key.length + at.length + bytes.length;
}

export function encodeRow({ key, bytes, at, container, shape, timeMs }: SpilledRow, into: Buffer, start: number): void {
  into.writeUInt32LE(key.length, start);
  into.writeUInt32LE(at.length, start + 4);
  into.writeUInt32LE(bytes.length, start + 8);
  into.writeUInt32LE(container, start + 12);
  into.writeUInt32LE(shape, start + 16);
  into.writeDoubleLE(timeMs, start + 20);
  let end = start + headerBytes;
  into.set(key, end);
  end += key.length;
  // Positions and lines are digits: a byte each.
  end += into.write(at, end, 'latin1');
  into.set(bytes, end);
}

/** The rows of a block; keys and bytes are views of it. */
export function decodeRows(block: Buffer): readonly SpilledRow[] {
  const rows: SpilledRow[] = [];
  for (let at = 0; at < block.length; ) {
    const keyEnd = at + headerBytes + block.readUInt32LE(at);
    const placeEnd = keyEnd + block.readUInt32LE(at + 4);
    const end = placeEnd + block.readUInt32LE(at + 8);
    rows.push({
      key: block.subarray(at + headerBytes, keyEnd),
      at: block.toString('latin1', keyEnd, placeEnd),
      bytes: block.subarray(placeEnd, end),
      container: block.readUInt32LE(at + 12),
      shape: block.readUInt32LE(at + 16),
      timeMs: block.readDoubleLE(at + 20),
    });
    at = end;
  }
  return rows;
}
