import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { SqlValue } from './engine.ts';

/** A value of DuckDB's as plain JavaScript, times and decimals as Athena prints them. */
export function sqlValue(value: DuckDBValue): SqlValue {
  if (value === null || typeof value !== 'object') return value ?? null;
  if (value instanceof DuckDBDecimalValue || value instanceof DuckDBDateValue) return value.toString();
  if (value instanceof DuckDBTimestampValue) return timestampText(value.micros);
  if (value instanceof DuckDBTimestampTZValue) return `${timestampText(value.micros)} UTC`;
  if (value instanceof DuckDBListValue) return value.items.map(sqlValue);
  if (value instanceof DuckDBStructValue)
    return Object.fromEntries(Object.entries(value.entries).map(([name, item]) => [name, sqlValue(item)]));
  if (value instanceof DuckDBMapValue)
    return Object.fromEntries(value.entries.map(({ key, value: item }) => [String(sqlValue(key)), sqlValue(item)]));
  if (value instanceof DuckDBIntervalValue) return intervalText(value);
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('hex');
  return value.toString();
}

/** `2025-08-11 10:00:00.000`, to the millisecond as Athena's timestamp(3). */
function timestampText(micros: bigint): string {
  // Rounded down, so that times before 1970 keep their second.
  const millis = micros / 1000n - (micros % 1000n < 0n ? 1n : 0n);
  const date = new Date(Number(millis));
  return Number.isNaN(date.getTime()) ? `${micros} µs since 1970` : date.toISOString().replace('T', ' ').slice(0, -1);
}

/** Trino's two kinds: `1-2` (years and months) and `1 02:03:04.000`. */
function intervalText({ months, days, micros }: DuckDBIntervalValue): string {
  if (months !== 0 && days === 0 && micros === 0n)
    return `${months < 0 ? '-' : ''}${Math.floor(Math.abs(months) / 12)}-${Math.abs(months) % 12}`;
  const total = BigInt(days) * 86_400_000n + micros / 1000n;
  const size = total < 0n ? -total : total;
  const pad = (value: bigint, width: number): string => String(value).padStart(width, '0');
  const clock = `${pad((size / 3_600_000n) % 24n, 2)}:${pad((size / 60_000n) % 60n, 2)}:${pad((size / 1000n) % 60n, 2)}`;
  return `${total < 0n ? '-' : ''}${size / 86_400_000n} ${clock}.${pad(size % 1000n, 3)}`;
}
