import type { IssueRule } from './issue.ts';

const numeric = /^([+-]?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,4}))?$/;

/**
 * Whether a JSON number or its text is exactly a decimal(precision, scale): undefined where it is, else what is wrong.
 * Rounding is never silent: `1.005` is too precise for scale 2. A JSON number with a fraction is read as a double
 * everywhere, so one of more than 15 digits may not be what was written: it has to come as text.
 */
export function decimalFault(
  value: unknown,
  precision: number,
  scale: number,
): Extract<IssueRule, 'wrong_type' | 'out_of_range' | 'too_precise'> | undefined {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') return 'wrong_type';
  const match = numeric.exec(String(value));
  if (match === null) return 'wrong_type';
  const exponent = Number(match[4] ?? 0);
  const fraction = match[3] ?? '';
  const digits = `${match[2]}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return undefined;
  // The value is 0.digits × 10^point: `point` digits stand before the decimal point.
  const point = digits.length - fraction.length + exponent;
  if (point > precision - scale) return 'out_of_range';
  const inexact = typeof value === 'number' && !Number.isSafeInteger(value) && significant.length > 15;
  return inexact || significant.length - point > scale ? 'too_precise' : undefined;
}
