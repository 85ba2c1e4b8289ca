import { join, type Sql, sql } from '../../sql-text.ts';
import type { Node } from '../../syntax-tree.ts';
import { callMacro, type Printing, quoted, refuse, stringLiteral } from '../printing.ts';
import { jodaPattern, mysqlPattern, type TimePattern } from '../time-patterns.ts';
import { zoned } from '../zone.ts';
import { argAt, argsOf, checkCount, type FunctionPrinter, type Functions, plain } from './function.ts';

/** Trino's units → an interval of `n` of them. */
const steps: Readonly<Record<string, (n: Sql) => Sql>> = {
  millisecond: (n) => sql`to_milliseconds(${n})`,
  second: (n) => sql`to_seconds(${n})`,
  minute: (n) => sql`to_minutes(${n})`,
  hour: (n) => sql`to_hours(${n})`,
  day: (n) => sql`to_days(CAST(${n} AS INTEGER))`,
  week: (n) => sql`to_weeks(CAST(${n} AS INTEGER))`,
  month: (n) => sql`to_months(CAST(${n} AS INTEGER))`,
  quarter: (n) => sql`to_months(CAST(3 * ${n} AS INTEGER))`,
  year: (n) => sql`to_years(CAST(${n} AS INTEGER))`,
};

function unitOf(printing: Printing, node: Node, call: string): string {
  const unit = stringLiteral(node)?.toLowerCase();
  if (unit !== undefined && Object.hasOwn(steps, unit)) return unit;
  return refuse(printing, `${call}() with the unit ${unit ?? 'of an expression'}`, node);
}

const dateTrunc: FunctionPrinter = (printing, call) => {
  checkCount(printing, call, 2);
  const unit = unitOf(printing, argAt(printing, call, 0), call.name);
  return callMacro(
    printing,
    'athena_date_trunc',
    quoted(unit),
    printing.expression(printing, argAt(printing, call, 1)),
  );
};

const dateAdd: FunctionPrinter = (printing, call) => {
  const [, count, time] = argsOf(printing, call, 3);
  const unit = unitOf(printing, argAt(printing, call, 0), call.name);
  return callMacro(printing, 'athena_shift', time ?? '', steps[unit]?.(count ?? '') ?? '');
};

/** Whole units that have passed, not borders crossed: DuckDB calls that date_sub. */
const dateDiff: FunctionPrinter = (printing, call) => {
  const [, from, to] = argsOf(printing, call, 3);
  const unit = unitOf(printing, argAt(printing, call, 0), call.name);
  return sql`date_sub(${quoted(unit)}, ${from ?? ''}, ${to ?? ''})`;
};

const withPattern =
  (read: (text: string) => TimePattern, print: (value: Sql, pattern: Sql) => Sql): FunctionPrinter =>
  (printing, call) => {
    checkCount(printing, call, 2);
    const text = stringLiteral(call.args[1]);
    if (text === undefined)
      return refuse(printing, `${call.name}() with a pattern that is not a literal text`, call.node);
    const read_ = read(text);
    if ('unsupported' in read_) return refuse(printing, `${call.name}() with ${read_.unsupported}`, call.node);
    return print(zoned(printing, argAt(printing, call, 0)), quoted(read_.pattern));
  };

const formatted = (value: Sql, pattern: Sql): Sql => sql`strftime(${value}, ${pattern})`;

/** Parts of a time; each is bigint. */
const part =
  (name: string): FunctionPrinter =>
  (printing, call) => {
    checkCount(printing, call, 1);
    return extractPart(printing, name, argAt(printing, call, 0));
  };

const parts: Readonly<Record<string, string>> = {
  year: 'year',
  quarter: 'quarter',
  month: 'month',
  week: 'week',
  week_of_year: 'week',
  day: 'day',
  day_of_month: 'day',
  day_of_week: 'isodow',
  dow: 'isodow',
  day_of_year: 'doy',
  doy: 'doy',
  year_of_week: 'isoyear',
  yow: 'isoyear',
  hour: 'hour',
  minute: 'minute',
  second: 'second',
  millisecond: 'millisecond',
};

/** `EXTRACT(field FROM x)` and `field(x)`. Trino's second() drops the fraction and millisecond() the seconds. */
export function extractPart(printing: Printing, field: string, time: Node): Sql {
  const name = parts[field.toLowerCase()];
  if (name === undefined) return refuse(printing, `extract(${field} from …)`, time);
  const value = zoned(printing, time);
  return name === 'millisecond'
    ? sql`(extract(millisecond FROM ${value}) % 1000)`
    : sql`extract(${name} FROM ${value})`;
}

const now: FunctionPrinter = (printing, call) => {
  checkCount(printing, call, 0);
  return callMacro(printing, 'athena_now');
};

const atTimezone: FunctionPrinter = (printing, call) =>
  refuse(
    printing,
    `${call.name}() as a value that keeps its zone`,
    call.node,
    'take what is needed from it: hour(…), date(…), date_trunc(…), date_format(…), cast(… as timestamp)',
  );

const toDate: FunctionPrinter = (printing, call) => {
  checkCount(printing, call, 1);
  return sql`CAST(${callMacro(printing, 'athena_date_text', zoned(printing, argAt(printing, call, 0)))} AS DATE)`;
};

export const timeFunctions: Functions = {
  at_timezone: atTimezone,
  current_date: (printing) => sql`CAST(${callMacro(printing, 'athena_now')} AS DATE)`,
  current_timestamp: now,
  date: toDate,
  date_add: dateAdd,
  date_diff: dateDiff,
  date_format: withPattern(mysqlPattern, formatted),
  date_parse: withPattern(mysqlPattern, (value, pattern) => sql`strptime(${value}, ${pattern})`),
  date_trunc: dateTrunc,
  format_datetime: withPattern(jodaPattern, formatted),
  from_iso8601_date: (printing, call) => sql`CAST(${join(argsOf(printing, call, 1))} AS DATE)`,
  from_iso8601_timestamp: (printing, call) => sql`CAST(${join(argsOf(printing, call, 1))} AS TIMESTAMPTZ)`,
  from_unixtime: (printing, call) => sql`to_timestamp(CAST(${join(argsOf(printing, call, 1))} AS DOUBLE))`,
  last_day_of_month: plain('last_day', 1),
  localtimestamp: (printing) => sql`CAST(${callMacro(printing, 'athena_now')} AS TIMESTAMP)`,
  now,
  parse_datetime: withPattern(
    jodaPattern,
    (value, pattern) => sql`CAST(strptime(${value}, ${pattern}) AS TIMESTAMPTZ)`,
  ),
  to_iso8601: (printing, call) => callMacro(printing, 'athena_iso8601', ...argsOf(printing, call, 1)),
  to_unixtime: (printing, call) => sql`epoch(${join(argsOf(printing, call, 1))})`,
  with_timezone: atTimezone,
  ...Object.fromEntries(Object.keys(parts).map((name) => [name, part(name)])),
};
