import type { SqlValue } from '../sql/engine.ts';

/** A value as Athena prints it; NULL is undefined, so that every format can show it its own way. */
export function cellText(value: SqlValue, type: string): string | undefined {
  if (value === null) return undefined;
  if (typeof value === 'number') return type === 'double' || type === 'float' ? doubleText(value) : String(value);
  if (typeof value === 'object') return nestedText(value);
  return String(value);
}

/** Java's notation: `3.0`, `0.001`, `1.0E10`, `NaN`, `Infinity`. */
export function doubleText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  if (size >= 1e-3 && size < 1e7) return Number.isInteger(value) ? `${value}.0` : String(value);
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
}

/** `[a, b]` and `{k=v}`, as Athena shows arrays, rows and maps. */
function nestedText(value: Exclude<SqlValue, null | string | number | bigint | boolean>): string {
  const inner = (item: SqlValue): string =>
    item === null ? 'null' : typeof item === 'object' ? nestedText(item) : String(item);
  if (Array.isArray(value)) return `[${value.map(inner).join(', ')}]`;
  return `{${Object.entries(value)
    .map(([name, item]) => `${name}=${inner(item)}`)
    .join(', ')}}`;
}
