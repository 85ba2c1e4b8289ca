/** Numbers as ASCII, written into bytes. Each returns where the next byte goes; the caller has made room. */

const zero = 48;
const hexDigits = new TextEncoder().encode('0123456789abcdef');

/** A whole number from 0 to 2^53. */
export function writeInteger(out: Uint8Array, at: number, value: number): number {
  if (value < 10) {
    out[at] = zero + value;
    return at + 1;
  }
  let digits = 2;
  for (let bound = 100; value >= bound; bound *= 10) digits += 1;
  let rest = value;
  for (let place = at + digits - 1; place >= at; place -= 1) {
    const tens = Math.floor(rest / 10);
    out[place] = zero + (rest - tens * 10);
    rest = tens;
  }
  return at + digits;
}

/** `1234` → `12.34`, as JSON writes it: `1200` is `12.0`, so that the column reads as a fraction everywhere. */
export function writeHundredths(out: Uint8Array, at: number, value: number): number {
  const whole = Math.floor(value / 100);
  const rest = value - whole * 100;
  let next = writeInteger(out, at, whole);
  out[next] = 46;
  const tens = (rest / 10) | 0;
  out[next + 1] = zero + tens;
  next += 2;
  const ones = rest - tens * 10;
  if (ones === 0) return next;
  out[next] = zero + ones;
  return next + 1;
}

export function writePadded(out: Uint8Array, at: number, value: number, digits: number): number {
  let rest = value;
  for (let place = at + digits - 1; place >= at; place -= 1) {
    const tens = (rest / 10) | 0;
    out[place] = zero + (rest - tens * 10);
    rest = tens;
  }
  return at + digits;
}

/** Eight hex digits of a word of 32 bits. */
export function writeHex(out: Uint8Array, at: number, word: number): number {
  for (let shift = 28, place = at; shift >= 0; shift -= 4, place += 1)
    out[place] = hexDigits[(word >>> shift) & 15] ?? 0;
  return at + 8;
}

/** `3412` → `3.4.12`. */
export function writeRelease(out: Uint8Array, at: number, release: number): number {
  let next = writeInteger(out, at, (release / 1000) | 0);
  out[next] = 46;
  next = writeInteger(out, next + 1, ((release / 100) | 0) % 10);
  out[next] = 46;
  return writeInteger(out, next + 1, release % 100);
}

const dayMs = 86_400_000;

/** `2025-08-11T13:05:09.123Z`: times of one day share a prepared date. */
export class TimeWriter {
  #day = Number.NaN;
  readonly #date = new Uint8Array(11);

  write(out: Uint8Array, at: number, utcMs: number): number {
    const day = Math.floor(utcMs / dayMs);
    if (day !== this.#day) {
      this.#day = day;
      new TextEncoder().encodeInto(new Date(utcMs).toISOString(), this.#date);
    }
    for (let i = 0; i < 11; i += 1) out[at + i] = this.#date[i] ?? 0;
    let rest = utcMs - day * dayMs;
    const hours = (rest / 3_600_000) | 0;
    rest -= hours * 3_600_000;
    const minutes = (rest / 60_000) | 0;
    rest -= minutes * 60_000;
    const seconds = (rest / 1000) | 0;
    writePadded(out, at + 11, hours, 2);
    out[at + 13] = 58;
    writePadded(out, at + 14, minutes, 2);
    out[at + 16] = 58;
    writePadded(out, at + 17, seconds, 2);
    out[at + 19] = 46;
    writePadded(out, at + 20, rest - seconds * 1000, 3);
    out[at + 23] = 90;
    return at + 24;
  }
}
