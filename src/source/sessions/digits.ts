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

/** A whole number from 0 to 2^53. */
export function writeInteger(out: DataView, at: number, value: number): number {
  if (value < 10) {
    out.setUint8(at, zero + value);
    return at + 1;
  }
  if (value < 100) {
    out.setUint16(at, decimalPairs[value] ?? 0, true);
    return at + 2;
  }
  let digits = 3;
  for (let bound = 1000; value >= bound; bound *= 10) digits += 1;
  let rest = value;
  for (let place = at + digits - 1; place >= at; place -= 1) {
    const tens = Math.floor(rest / 10);
    out.setUint8(place, zero + (rest - tens * 10));
    rest = tens;
  }
  return at + digits;
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

/** Copies bytes four at a time: up to three too many are written, which what follows overwrites. */
export function copyBytes(out: DataView, at: number, from: DataView, start: number, end: number): number {
  const stop = at + end - start;
  for (let next = at, read = start; next < stop; next += 4, read += 4) {
    out.setInt32(next, from.getInt32(read, true), true);
  }
  return stop;
}

const minuteMs = 60_000;
const minuteText = '2025-08-11T13:05:'.length;

/** `2025-08-11T13:05:09.123Z`: times of one minute share their beginning. */
export class TimeWriter {
  #minute = Number.NaN;
  readonly #text = new DataView(new ArrayBuffer(24));

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
