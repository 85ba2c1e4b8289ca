import { type EpochUnit, epochRange } from '../record/epoch.ts';
import { isoDatePattern, isoTimestampPattern, plainTimestampPattern } from '../record/iso-time.ts';
import type { IssueRule } from '../record/issue.ts';
import { ipv4Pattern, uuidPattern } from '../record/json-schema.ts';
import type { Field } from '../record/type.ts';
import { sqlString } from './duck.ts';

export type ScalarField = Exclude<Field, { type: 'list' | 'struct' | 'map' }>;

/** SQL over one JSON value `j` (type JSON, not NULL) of a scalar field. */
export interface ScalarSql {
  /**
   * Cheap, and true for the common spellings of a good value; where it is not true, `fault` tells. Asked first, so
   * that clean data does not pay for naming faults.
   */
  readonly good: string;
  /** The name of the rule that the value breaks, NULL where it breaks none. */
  readonly fault: string;
  /** The typed value; meant for values without a fault. */
  readonly value: string;
}

type Of<K extends Field['type']> = Extract<Field, { type: K }>;

interface Bounds {
  readonly min?: number;
  readonly max?: number;
  readonly epoch?: EpochUnit;
}

/**
 * DuckDB reads JSON kindly: into BIGINT it takes 1.5 (as 2), "7" and true (as 1), into VARCHAR any value, and into
 * TIMESTAMP a time whose offset it drops. So each value is looked at as JSON text first: its first character tells its
 * kind, and only then is it cast.
 */
const scalars: { readonly [K in ScalarField['type']]: (of: Of<K>, j: string, plain: string) => ScalarSql } = {
  string: (of, j, plain) => {
    const faults = stringFaults(of, plain);
    // `\u0000` in the JSON is mostly the NUL character, and always looked at closely.
    return {
      good: [`NOT (${notA(j, '"')}) AND NOT contains(${j}, '\\u0000')`, ...stringRules(of, plain)].join(' AND '),
      fault: firstOf([[notA(j, '"'), 'wrong_type'], [`contains(${plain}, chr(0))`, 'nul'], ...faults]),
      value: plain,
    };
  },
  int: (of, j) => wholeNumber(j, 'INTEGER', of),
  bigint: (of, j) => wholeNumber(j, 'BIGINT', of),
  double: (of, j) => {
    const value = `TRY_CAST(${text(j)} AS DOUBLE)`;
    const outside = [`NOT isfinite(${value})`, ...bounds(value, of)].join(' OR ');
    return {
      good: `ascii(${j}) BETWEEN 45 AND 57 AND NOT (${outside})`,
      fault: firstOf([
        [notNumber(j), 'wrong_type'],
        [outside, 'out_of_range'],
      ]),
      value,
    };
  },
  decimal: (of, j, plain) => decimal(of.precision, of.scale, j, plain),
  boolean: (_, j) => {
    const good = `${text(j)} IN ('true', 'false')`;
    return { good, fault: firstOf([[`NOT (${good})`, 'wrong_type']]), value: `(${text(j)} = 'true')` };
  },
  timestamp: (_, j, plain) => timeSql(j, notTimestamp(plain), timestampOf(plain)),
  date: (_, j, plain) => timeSql(j, notDate(plain), `TRY_CAST(${plain} AS DATE)`),
  json: (_, j) => ({ good: 'true', fault: 'NULL', value: j }),
};

export function isScalar(of: Field): of is ScalarField {
  return of.type !== 'list' && of.type !== 'struct' && of.type !== 'map';
}

/** `plain` is the value as text without quotes and escapes, where the caller has it already. */
export function scalarSql(of: ScalarField, j: string, plain = `(${j}->>'$')`): ScalarSql {
  // One kind always meets its own builder; TypeScript cannot see that through the table's index.
  return (scalars[of.type] as (of: Field, j: string, plain: string) => ScalarSql)(of, j, plain);
}

/** `CASE WHEN … THEN 'rule' … END`: the first rule whose condition holds. */
function firstOf(faults: readonly (readonly [condition: string, rule: IssueRule])[]): string {
  return `CASE ${faults.map(([condition, rule]) => `WHEN ${condition} THEN '${rule}'`).join(' ')} END`;
}

function text(j: string): string {
  return `CAST(${j} AS VARCHAR)`;
}

function notA(j: string, first: string): string {
  return `ascii(${j}) <> ${first.charCodeAt(0)}`;
}

/** `-` or a digit; DuckDB's parser would let NaN and Infinity pass. */
function notNumber(j: string): string {
  return `NOT (ascii(${j}) = 45 OR ascii(${j}) BETWEEN 48 AND 57) OR ${text(j)} = '-Infinity'`;
}

function wholeNumber(j: string, type: 'INTEGER' | 'BIGINT', of: Of<'int' | 'bigint'>): ScalarSql {
  const value = `TRY_CAST(${text(j)} AS ${type})`;
  const double = `TRY_CAST(${text(j)} AS DOUBLE)`;
  // The cast takes `3.0` and `1e3`, which are whole, and would round `1.5`.
  const fraction = `regexp_matches(${text(j)}, '[.eE]') AND isfinite(${double}) AND ${double} <> trunc(${double})`;
  return {
    good: [`CAST(${value} AS VARCHAR) = ${text(j)}`, ...withinBounds(value, of)].join(' AND '),
    fault: firstOf([
      [notNumber(j), 'wrong_type'],
      [fraction, 'not_whole'],
      [[`${value} IS NULL`, ...bounds(value, of)].join(' OR '), 'out_of_range'],
    ]),
    value,
  };
}

function timeSql(j: string, isNot: string, value: string): ScalarSql {
  return {
    good: `NOT (${notA(j, '"')}) AND NOT (${isNot})`,
    fault: firstOf([
      [notA(j, '"'), 'wrong_type'],
      [isNot, 'format'],
    ]),
    value,
  };
}

function bounds(value: string, { min, max, epoch }: Bounds): string[] {
  const instants = epoch === undefined ? undefined : epochRange(epoch);
  return [
    ...(min === undefined ? [] : [`${value} < ${min}`]),
    ...(max === undefined ? [] : [`${value} > ${max}`]),
    ...(instants === undefined ? [] : [`${value} < ${instants.from}`, `${value} >= ${instants.until}`]),
  ];
}

/** What the declaration says of a number, each a condition that holds for a good one. */
export function withinBounds(value: string, of: Bounds): string[] {
  return bounds(value, of).map((outside) => `NOT (${outside})`);
}

/** What the declaration says of a string's text, each a condition that holds for a good one. */
export function stringRules(of: Of<'string'>, value: string): string[] {
  return stringFaults(of, value).map(([condition]) => `NOT (${condition})`);
}

function stringFaults(of: Of<'string'>, value: string): (readonly [string, IssueRule])[] {
  const faults: (readonly [string, IssueRule])[] = [];
  if (of.pattern !== undefined) faults.push([`NOT regexp_matches(${value}, ${sqlString(of.pattern)})`, 'pattern']);
  if (of.oneOf !== undefined) faults.push([`${value} NOT IN (${of.oneOf.map(sqlString).join(', ')})`, 'not_one_of']);
  if (of.maxLength !== undefined) faults.push([`length(${value}) > ${of.maxLength}`, 'too_long']);
  if (of.format !== undefined) faults.push([notFormat[of.format](value), 'format']);
  return faults;
}

const notFormat: { readonly [K in NonNullable<Of<'string'>['format']>]: (value: string) => string } = {
  'iso-timestamp': notTimestamp,
  'iso-date': notDate,
  ipv4: (value) => `NOT regexp_matches(${value}, ${sqlString(ipv4Pattern)})`,
  uuid: (value) => `NOT regexp_matches(${value}, ${sqlString(uuidPattern)})`,
};

/** A timestamp's own cast ignores the offset; the cast to an instant does not. */
function timestampOf(value: string): string {
  return `(TRY_CAST(${value} AS TIMESTAMPTZ) AT TIME ZONE 'UTC')`;
}

function notTimestamp(value: string): string {
  const known = `regexp_matches(${value}, ${sqlString(plainTimestampPattern)})`;
  const other = `NOT regexp_matches(${value}, ${sqlString(isoTimestampPattern)}) OR ${timestampOf(value)} IS NULL`;
  // Making an instant takes longer than both patterns.
  return `CASE WHEN ${known} THEN false ELSE ${other} END`;
}

function notDate(value: string): string {
  return `NOT regexp_matches(${value}, ${sqlString(isoDatePattern)}) OR TRY_CAST(${value} AS DATE) IS NULL`;
}

/** Exactly `decimalFault` of `record/`: digits are counted, so that nothing is rounded. */
function decimal(precision: number, scale: number, j: string, plain: string): ScalarSql {
  const part = (group: number): string => `regexp_extract(${plain}, '${numericPattern}', ${group})`;
  const exponent = `COALESCE(TRY_CAST(${part(4)} AS INTEGER), 0)`;
  const digits = `ltrim(${part(2)} || ${part(3)}, '0')`;
  const significant = `rtrim(${digits}, '0')`;
  const point = `(length(${digits}) - length(${part(3)}) + ${exponent})`;
  const inexact = `${notA(j, '"')} AND regexp_matches(${text(j)}, '[.eE]') AND length(${significant}) > 15`;
  const value = `TRY_CAST(${plain} AS DECIMAL(${precision},${scale}))`;
  return {
    good: `CAST(${value} AS VARCHAR) = ${plain} AND (NOT (${notA(j, '"')}) OR length(${plain}) <= 15)`,
    fault: firstOf([
      [`NOT (${notA(j, '"')}) AND NOT regexp_matches(${plain}, '${numericPattern}')`, 'wrong_type'],
      [`${notA(j, '"')} AND (${notNumber(j)})`, 'wrong_type'],
      [`${significant} <> '' AND ${point} > ${precision - scale}`, 'out_of_range'],
      [`${significant} <> '' AND (length(${significant}) - ${point} > ${scale} OR (${inexact}))`, 'too_precise'],
    ]),
    value,
  };
}

const numericPattern = '^([+-]?)([0-9]+)(?:\\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,4}))?$';
