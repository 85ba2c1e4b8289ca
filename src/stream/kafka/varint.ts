/** Zigzag varints as Kafka's records have them: seven bits a byte, the lowest first. All here are within 32 bits. */

/** Writes `value` at `at`; returns where it ends. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let end = at;
  while (rest > 0x7f) {
    bytes[end] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
    end += 1;
  }
  bytes[end] = rest;
  return end + 1;
}

export function varintLength(value: number): number {
  const zigzag = ((value << 1) ^ (value >> 31)) >>> 0;
  if (zigzag < 0x80) return 1;
  if (zigzag < 0x4000) return 2;
  if (zigzag < 0x20_0000) return 3;
  return zigzag < 0x1000_0000 ? 4 : 5;
}

/** Reads varints one after the other. */
export class VarintReader {
  readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** A varint of 32 bits. RangeError where the bytes end within it. */
  int(): number {
    const { bytes } = this;
    let byte = bytes[this.at] ?? truncated();
    this.at += 1;
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 0x7f;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      byte = bytes[this.at] ?? truncated();
      this.at += 1;
      value |= (byte & 0x7f) << shift;
    }
    return (value >>> 1) ^ -(value & 1);
  }

  /** A varint of 64 bits, as a number: timestamps' differences, exact up to 2^53. */
  long(): number {
    let byte = bytes64(this);
    let value = byte & 0x7f;
    for (let scale = 128; byte >= 0x80; scale *= 128) {
      byte = bytes64(this);
      value += (byte & 0x7f) * scale;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

function bytes64(reader: VarintReader): number {
  const byte = reader.bytes[reader.at] ?? truncated();
  reader.at += 1;
  return byte;
}

function truncated(): never {
  throw new RangeError('a record ends within a number');
}
