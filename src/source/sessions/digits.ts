/** Numbers as ASCII, written into bytes. Each returns where the next byte goes; the caller has made room. */

const zero = 48;
const point = 46;

/** Two digits, or two hex digits, as the 16 bits that two ASCII characters are. */
const pairsOf = (base: number, size: number): Uint16Array =>
  Uint16Array.from({ length: size }, (_, n) => {
    const text = n.toString(base).padStart(2, '0');
    return text.charCodeAt(0) | (text.charCodeAt(1) << 8);
  });
const decimalPairs = pairsOf(10, 100);
const hexPairs = pairsOf(16, 256);

/** A whole number from 0 to 2^31. */
export function writeInteger(out: DataView, at: number, value: number): number {
  if (value < 10) {
    out.setUint8(at, zero + value);
    return at + 1;
  }
  if (value < 100) {
    out.setUint16(at, decimalPairs[value] ?? 0, true);
    return at + 2;
  }
  const hundreds = (value / 100) | 0;
  const next = writeInteger(out, at, hundreds);
  out.setUint16(next, decimalPairs[value - hundreds * 100] ?? 0, true);
  return next + 2;
}

/** A time as a whole number of ms since 1970, up to the year 60,000. */
export function writeTimeMs(out: DataView, at: number, utcMs: number): number {
  const millions = Math.floor(utcMs / 1_000_000);
  if (millions === 0) return writeInteger(out, at, utcMs);
  const rest = utcMs - millions * 1_000_000;
  const next = writeInteger(out, at, millions);
  out.setUint16(next, decimalPairs[(rest / 10_000) | 0] ?? 0, true);
  out.setUint16(next + 2, decimalPairs[((rest / 100) | 0) % 100] ?? 0, true);
  out.setUint16(next + 4, decimalPairs[rest % 100] ?? 0, true);
  return next + 6;
}

/** `1234` → `12.34`, as JSON writes it: `1200` is `12.0`, so that the column reads as a fraction everywhere. */
export function writeHundredths(out: DataView, at: number, value: number): number {
  const whole = (value / 100) | 0;
  const rest = value - whole * 100;
  const next = writeInteger(out, at, whole);
  out.setUint8(next, point);
  out.setUint16(next + 1, decimalPairs[rest] ?? 0, true);
  return rest % 10 === 0 ? next + 2 : next + 3;
}

/** Eight hex digits of a word of 32 bits. */
export function writeHex(out: DataView, at: number, word: number): number {
  out.setUint16(at, hexPairs[word >>> 24] ?? 0, true);
  out.setUint16(at + 2, hexPairs[(word >>> 16) & 255] ?? 0, true);
  out.setUint16(at + 4, hexPairs[(word >>> 8) & 255] ?? 0, true);
  out.setUint16(at + 6, hexPairs[word & 255] ?? 0, true);
  return at + 8;
}

/** `3412` → `3.4.12`. */
export function writeRelease(out: DataView, at: number, release: number): number {
  let next = writeInteger(out, at, (release / 1000) | 0);
  out.setUint8(next, point);
  next = writeInteger(out, next + 1, ((release / 100) | 0) % 10);
  out.setUint8(next, point);
  return writeInteger(out, next + 1, release % 100);
}

/** Bytes that `copyBytes` may read and write too many. */
export const copySlack = 15;

/**
 * Copies UTF-8 sixteen bytes at a time: what is written too many is overwritten by what follows. Numbers of 64 bits are
 * the widest that a view moves; no UTF-8 is a NaN, which alone would not keep its bits.
 */
export function copyBytes(out: DataView, at: number, from: DataView, start: number, end: number): number {
  const stop = at + end - start;
  for (let next = at, read = start; next < stop; next += 16, read += 16) {
    out.setFloat64(next, from.getFloat64(read, true), true);
    out.setFloat64(next + 8, from.getFloat64(read + 8, true), true);
  }
  return stop;
}

const minuteMs = 60_000;
const minuteText = '2025-08-11T13:05:'.length;

/** `2025-08-11T13:05:09.123Z`: times of one minute share their beginning. */
export class TimeWriter {
  #minute = Number.NaN;
  readonly #text = new DataView(new ArrayBuffer(minuteText + copySlack));

  write(out: DataView, at: number, utcMs: number): number {
    const minute = Math.floor(utcMs / minuteMs);
    if (minute !== this.#minute) {
      this.#minute = minute;
      new TextEncoder().encodeInto(new Date(utcMs).toISOString(), new Uint8Array(this.#text.buffer));
    }
    const ms = utcMs - minute * minuteMs;
    const seconds = (ms / 1000) | 0;
    const next = copyBytes(out, at, this.#text, 0, minuteText);
    out.setUint16(next, decimalPairs[seconds] ?? 0, true);
    const rest = ms - seconds * 1000;
    const hundreds = (rest / 100) | 0;
    out.setUint8(next + 2, point);
    out.setUint8(next + 3, zero + hundreds);
    out.setUint16(next + 4, decimalPairs[rest - hundreds * 100] ?? 0, true);
    out.setUint8(next + 6, 90);
    return next + 7;
  }
}
