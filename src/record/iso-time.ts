const datePattern = '(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])';
const timePattern = '([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?';

/**
 * ISO 8601 instants and dates as every reader of ours takes them: a `T` or a space between date and time, up to nine
 * decimals of a second (cut to the microsecond), `Z`, an offset, or neither, which means UTC.
 *
 * Both patterns are regular expressions of JavaScript and of RE2; the days of a month are checked besides.
 */
export const isoTimestampPattern = `^${datePattern}[T ]${timePattern}(Z|[+-](0[0-9]|1[0-4]):?[0-5][0-9])?$`;
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
