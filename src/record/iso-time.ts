const datePattern = '(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])';
const timePattern = '([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?';

/**
 * ISO 8601 instants and dates as every reader of ours takes them: a `T` or a space between date and time, up to nine
 * decimals of a second (cut to the microsecond), `Z`, an offset, or neither, which means UTC.
 *
 * Both patterns are regular expressions of JavaScript and of RE2; the days of a month are checked besides.
 */
export const isoTimestampPattern = `^${datePattern}[T ]${timePattern}(Z|[+-](0[0-9]|1[0-4]):?[0-5][0-9])?$`;
/** Times as most are written, every one of which is an instant: no month ends before its 28th day. */
export const plainTimestampPattern =
  '^[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?Z$';
export const isoDatePattern = `^${datePattern}$`;

const timestamp = new RegExp(isoTimestampPattern);
const date = new RegExp(isoDatePattern);

export function isIsoTimestamp(text: string): boolean {
  return timestamp.test(text) && isCalendarDate(text);
}

export function isIsoDate(text: string): boolean {
  return date.test(text) && isCalendarDate(text);
}

/** True where the first ten characters, of the form already, are a day of the proleptic Gregorian calendar. */
function isCalendarDate(text: string): boolean {
  const day = digitsAt(text, 8, 10);
  return day <= 28 || day <= daysInMonth(digitsAt(text, 0, 4), digitsAt(text, 5, 7));
}

function digitsAt(text: string, from: number, to: number): number {
  let number = 0;
  for (let i = from; i < to; i += 1) number = number * 10 + text.charCodeAt(i) - 0x30;
  return number;
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

const Z = 0x5a;
const POINT = 0x2e;
/** Where digits stand in `2025-08-11T10:00:00`. */
const timeForm = '0000-00-00T00:00:00';
const timeDigits = Uint8Array.from(timeForm, (character) => (character === '0' ? 1 : 0));
const timeMarks = Uint8Array.from(timeForm, (character) => character.charCodeAt(0));

/**
 * Reads text like `2025-08-11T10:00:00.123Z`, which most instants are, straight from its bytes: ms since 1970, cut to whole ones.
 * Undefined says nothing: only `isIsoTimestamp` tells. A reader remembers the day that it read last.
 */
export function utcInstantReader(): (bytes: Uint8Array) => number | undefined {
  let lastDay = 0;
  let lastDayMs = 0;
  return (bytes) => {
    for (let i = 0; i < timeForm.length; i += 1) {
      const byte = bytes[i] ?? 0;
      if (timeDigits[i] === 1 ? byte < 0x30 || byte > 0x39 : byte !== timeMarks[i]) return undefined;
    }
    const [hour, minute, second] = [numberAt(bytes, 11, 13), numberAt(bytes, 14, 16), numberAt(bytes, 17, 19)];
    if (hour > 23 || minute > 59 || second > 59) return undefined;
    const fractionMs = plainFractionMs(bytes);
    if (fractionMs === undefined) return undefined;
    const day = numberAt(bytes, 0, 4) * 10_000 + numberAt(bytes, 5, 7) * 100 + numberAt(bytes, 8, 10);
    if (day !== lastDay) {
      const text = String.fromCharCode(...bytes.subarray(0, 10));
      if (!isIsoDate(text)) return undefined;
      lastDayMs = Date.parse(text);
      lastDay = day;
    }
    return lastDayMs + ((hour * 60 + minute) * 60 + second) * 1000 + fractionMs;
  };
}

/** Of what stands behind the seconds: up to nine decimals and `Z`. */
function plainFractionMs(bytes: Uint8Array): number | undefined {
  const last = bytes.length - 1;
  if (bytes[last] !== Z || last > 29) return undefined;
  if (last === 19) return 0;
  if (bytes[19] !== POINT || last === 20) return undefined;
  let ms = 0;
  for (let i = 20; i < last; i += 1) {
    const digit = (bytes[i] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    if (i < 23) ms += digit * (i === 20 ? 100 : i === 21 ? 10 : 1);
  }
  return ms;
}

function numberAt(bytes: Uint8Array, from: number, to: number): number {
  let number = 0;
  for (let i = from; i < to; i += 1) number = number * 10 + (bytes[i] ?? 0) - 0x30;
  return number;
}
