import { sqlIdentifier, sqlString } from '../duck/duck.ts';
import { duckType } from '../record/columns.ts';
import { epochUnits } from '../record/epoch.ts';
import type { Field, RecordType } from '../record/type.ts';
import type { RowCheck } from './definition.ts';

/** Values worth trying that checks mention: a rule often turns at one of them. */
export interface Mentioned {
  readonly numbers: readonly number[];
  readonly texts: readonly string[];
}

/** Numbers and texts that stand in checks. */
export function mentionedIn(checks: readonly RowCheck[]): Mentioned {
  const numbers = new Set([0, 1, -1]);
  const texts = new Set(['']);
  for (const check of checks) {
    if (check.kind === 'one-of') for (const value of check.values) texts.add(value);
    if (check.kind === 'range') for (const bound of [check.min, check.max]) if (bound !== undefined) numbers.add(bound);
    if (check.kind !== 'row') continue;
    for (const [, text = ''] of check.predicate.matchAll(/'((?:[^']|'')*)'/g)) texts.add(text.replaceAll("''", "'"));
    for (const [text] of check.predicate.replaceAll(/'(?:[^']|'')*'/g, '').matchAll(/\b\d+(?:\.\d+)?\b/g))
      numbers.add(Number(text));
  }
  return { numbers: [...numbers].flatMap((n) => [n - 1, n, n + 1]), texts: [...texts] };
}

/** Fields that have values in an order, which bounds and made-up rows are of: of the others, there is none to try. */
function isSampled(of: Field): boolean {
  return !['list', 'struct', 'map', 'json'].includes(of.type);
}

/** Whether a rule reads such fields only: what is said of its values can't be said of others. */
export function isOfSampled({ fields }: RecordType, { path }: { readonly path: string }): boolean {
  const read = path.split(', ').map((name) => name.toLowerCase());
  return Object.entries(fields).every(([name, of]) => isSampled(of) || !read.includes(name.toLowerCase()));
}

/**
 * SQL of `rows` made-up rows of a record type, the same ones each time. Half of the numbers are bounds and what checks
 * mention, so that the seldom cases that rules are about occur; a text keeps its set or format, and no pattern.
 */
export function sampleRowsSql(record: RecordType, mentioned: Mentioned, rows: number): string {
  const columns = Object.entries(record.fields).map(([name, of]) => {
    // Of one text: hashes of several values are put together so that those of two fields hang together.
    const chance = `hash(${sqlString(`${name} `)} || _i)`;
    const value = isSampled(of) ? valueSql(of, chance, mentioned) : 'NULL';
    const drawn = of.optional === true ? `CASE WHEN ${chance} % 11 = 0 THEN NULL ELSE ${value} END` : value;
    return `CAST(${drawn} AS ${duckType(of)}) AS ${sqlIdentifier(name)}`;
  });
  return `SELECT ${columns.join(', ')} FROM range(${rows}) AS numbers (_i)`;
}

/** `chance` is SQL of a number that differs from row to row and from field to field. */
function valueSql(of: Field, chance: string, { numbers, texts }: Mentioned): string {
  const share = `((${chance} // 64) % 1000003 / 1000003.0)`;
  const daysSql = `CAST((${chance} // 64) % 800 AS INTEGER)`;
  switch (of.type) {
    case 'int':
    case 'bigint': {
      if (of.type === 'bigint' && of.epoch !== undefined)
        return `floor((1735689600 + ${share} * 63072000) * ${epochUnits[of.epoch]})`;
      return numberSql(
        Number(of.min ?? -1000),
        Number(of.max ?? 100_000),
        numbers.filter(Number.isInteger),
        chance,
        share,
      );
    }
    case 'double':
      return numberSql(of.min ?? -1000, of.max ?? 100_000, numbers, chance, share);
    case 'decimal':
      return numberSql(0, 10 ** Math.min(9, of.precision - of.scale - 1), numbers, chance, share);
    case 'boolean':
      return `${chance} % 2 = 0`;
    case 'date':
      return `DATE '2025-01-01' + ${daysSql}`;
    case 'timestamp':
      return `TIMESTAMP '2025-01-01' + to_seconds(floor(${share} * 63072000))`;
    case 'string':
      return textSql(of, chance, share, daysSql, texts);
    default:
      return 'NULL';
  }
}

function numberSql(min: number, max: number, mentioned: readonly number[], chance: string, share: string): string {
  const edges = [min, max, ...mentioned.filter((n) => n >= min && n <= max)];
  const drawn = `${min} + floor(${share} * ${max - min} * 16) / 16`;
  return `CASE WHEN ${chance} % 2 = 0 THEN ${picked(edges.map(String), chance)} ELSE ${drawn} END`;
}

function textSql(
  { oneOf, format, maxLength }: Extract<Field, { type: 'string' }>,
  chance: string,
  share: string,
  daysSql: string,
  texts: readonly string[],
): string {
  if (oneOf !== undefined) return picked(oneOf.map(sqlString), chance);
  if (format === 'iso-timestamp')
    return `strftime(TIMESTAMP '2025-01-01' + to_seconds(floor(${share} * 63072000)), '%Y-%m-%dT%H:%M:%SZ')`;
  if (format === 'iso-date') return `strftime(DATE '2025-01-01' + ${daysSql}, '%Y-%m-%d')`;
  const drawn = `'text-' || (${chance} // 64) % 50`;
  const text = `CASE WHEN ${chance} % 2 = 0 THEN ${picked(texts.map(sqlString), chance)} ELSE ${drawn} END`;
  return maxLength === undefined ? text : `left(${text}, ${maxLength})`;
}

function picked(values: readonly string[], chance: string): string {
  return `list_extract([${values.join(', ')}], CAST(1 + (${chance} // 2) % ${values.length} AS BIGINT))`;
}
