import { Cron } from 'croner';
import { PlayheadError } from '../base/errors.ts';
import type { Schedule } from './schedule.ts';

interface CronField {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names: readonly string[];
  /** Number of the first name. */
  readonly firstName: number;
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** The six fields of an AWS cron expression, in order. */
const fields = [
  { name: 'minute', min: 0, max: 59, names: [], firstName: 0 },
  { name: 'hour', min: 0, max: 23, names: [], firstName: 0 },
  { name: 'day-of-month', min: 1, max: 31, names: [], firstName: 0 },
  { name: 'month', min: 1, max: 12, names: months, firstName: 1 },
  { name: 'day-of-week', min: 1, max: 7, names: weekdays, firstName: 1 },
  { name: 'year', min: 1970, max: 2199, names: [], firstName: 0 },
] as const satisfies readonly CronField[];

const [minuteField, hourField, dayOfMonthField, monthField, dayOfWeekField, yearField] = fields;

/**
 * AWS's `cron()` on croner's matcher. They differ: AWS counts weekdays from 1 (Sunday), reads `a/n` as "from a to the
 * end", writes the last Friday `6L`, has a year, no seconds, and wants `?` in exactly one of the two day fields.
 * Source: Amazon EventBridge user guide, "Cron expressions".
 */
export function cronSchedule(expression: string, body: string): Schedule {
  const texts = body.split(/\s+/).map((text) => text.toUpperCase());
  const [minute, hour, dayOfMonth, month, dayOfWeek, year] = texts;
  if (
    texts.length !== 6 ||
    minute === undefined ||
    hour === undefined ||
    dayOfMonth === undefined ||
    month === undefined ||
    dayOfWeek === undefined ||
    year === undefined
  ) {
    throw invalid(expression, `${body === '' ? 0 : texts.length} fields`, sixFields);
  }
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) {
    throw invalid(expression, 'day-of-month and day-of-week', 'Exactly one of the two must be ?.');
  }
  const read = (field: CronField, text: string): string => list(expression, field, text);
  const pattern = [
    '0',
    read(minuteField, minute),
    read(hourField, hour),
    dayOfMonth === '?' ? '*' : dayOfMonthText(expression, dayOfMonth),
    read(monthField, month),
    dayOfWeek === '?' ? '*' : dayOfWeekText(expression, dayOfWeek),
    read(yearField, year),
  ].join(' ');
  const cron = new Cron(pattern, { paused: true, timezone: 'UTC', mode: '7-part' });
  return { expression, next: (afterMs) => cron.nextRun(new Date(afterMs))?.getTime() };
}

const sixFields =
  'There are six: minute hour day-of-month month day-of-week year, as in cron(0 * * * ? *), at the full hour.';

function dayOfMonthText(expression: string, text: string): string {
  if (text === 'L') return 'L';
  const nearestWeekday = /^(\d+)W$/.exec(text);
  if (nearestWeekday === null) return list(expression, dayOfMonthField, text);
  return `${number(expression, dayOfMonthField, nearestWeekday[1] ?? '')}W`;
}

/** Croner counts weekdays from 0. */
function dayOfWeekText(expression: string, text: string): string {
  if (text === 'L') return '6';
  const last = /^([A-Z0-9]+)L$/.exec(text);
  if (last !== null) return `${number(expression, dayOfWeekField, last[1] ?? '') - 1}#L`;
  const nth = /^([A-Z0-9]+)#([1-5])$/.exec(text);
  if (nth !== null) return `${number(expression, dayOfWeekField, nth[1] ?? '') - 1}#${nth[2]}`;
  return list(expression, dayOfWeekField, text, -1);
}

/** `*`, `3`, `1-5`, `0/15`, `MON-FRI`, and lists of these; every number moved by `shift`. */
function list(expression: string, field: CronField, text: string, shift = 0): string {
  return text
    .split(',')
    .map((item) => {
      const [range = '', step, ...more] = item.split('/');
      if (more.length > 0) throw invalid(expression, `${field.name} ${item}`, 'One step at most: 0/15.');
      if (range === '*' && step === undefined) return '*';
      const [from, to] = bounds(expression, field, range, step !== undefined);
      const body = from === to ? `${from + shift}` : `${from + shift}-${to + shift}`;
      return step === undefined ? body : stepped(expression, field, item, [from + shift, to + shift], step);
    })
    .join(',');
}

function bounds(expression: string, field: CronField, range: string, steps: boolean): [number, number] {
  if (range === '*') return [field.min, field.max];
  const [first = '', last, ...more] = range.split('-');
  if (more.length > 0) throw invalid(expression, `${field.name} ${range}`, 'A range has two ends: 1-5.');
  const from = number(expression, field, first);
  if (last === undefined) return [from, steps ? field.max : from];
  const to = number(expression, field, last);
  if (to < from) throw invalid(expression, `${field.name} ${range}`, 'A range rises; write two with a comma.');
  return [from, to];
}

/** The instants of a step, one by one: croner's own steps must not be relied on to begin where AWS's do. */
function stepped(expression: string, field: CronField, item: string, range: [number, number], step: string): string {
  const by = /^\d+$/.test(step) ? Number(step) : 0;
  if (by < 1) throw invalid(expression, `${field.name} ${item}`, 'A step is a whole number from 1: 0/15.');
  const values: number[] = [];
  for (let value = range[0]; value <= range[1]; value += by) values.push(value);
  return values.join(',');
}

function number(expression: string, field: CronField, text: string): number {
  const named = field.names.indexOf(text);
  if (named !== -1) return named + field.firstName;
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= field.min && value <= field.max) return value;
  const names = field.names.length === 0 ? '' : ` or ${field.names[0]} to ${field.names.at(-1)}`;
  throw invalid(expression, `${field.name} ${text}`, `Expected ${field.min} to ${field.max}${names}.`);
}

function invalid(expression: string, what: string, hint: string): PlayheadError {
  return new PlayheadError('PH_PATTERN_INVALID', `not a cron expression: ${expression}: ${what}`, { hint });
}
