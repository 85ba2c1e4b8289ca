import { decimalFault } from './decimal.ts';
import { epochRange } from './epoch.ts';
import type { IssueRule } from './issue.ts';
import { int32Range, int64Range } from './json-schema.ts';
import type { Field } from './type.ts';

export type NumberField = Extract<Field, { type: 'int' | 'bigint' | 'double' | 'decimal' }>;

/** What is wrong with a parsed JSON value as a number of this field; undefined where nothing is. */
export function numberFault(of: NumberField, value: unknown): IssueRule | undefined {
  if (of.type === 'decimal') return decimalFault(value, of.precision, of.scale);
  if (typeof value !== 'number' && typeof value !== 'bigint') return 'wrong_type';
  if (value === Infinity || value === -Infinity) return 'out_of_range';
  if (of.type === 'double') return outside(value, of.min, of.max) ? 'out_of_range' : undefined;
  if (typeof value === 'number' && !Number.isInteger(value)) return 'not_whole';
  const range = of.type === 'int' ? int32Range : int64Range;
  if (outside(value, range.min, range.max) || outside(value, of.min, of.max)) return 'out_of_range';
  if (of.type === 'int' || of.epoch === undefined) return undefined;
  const { from, until } = epochRange(of.epoch);
  return value < from || value >= until ? 'out_of_range' : undefined;
}

/** JavaScript compares a bigint and a number by their exact values. */
function outside(value: number | bigint, min?: number | bigint, max?: number | bigint): boolean {
  return (min !== undefined && value < min) || (max !== undefined && value > max);
}
