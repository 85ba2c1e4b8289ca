import { PlayheadError } from '../base/errors.ts';
import { suggestion } from '../base/nearest.ts';
import { columnHint, type ReadTable, tablesInSight } from './column-hint.ts';
import { failurePlaces, placelessHint } from './failure-place.ts';
import { valueFailure } from './run-error.ts';
import { callPlace, sqlError } from './source-position.ts';
import { sourceOf } from './sql-text.ts';
import type { Translation } from './translation.ts';

/**
 * An engine's error about the translated SQL, told in the user's: the place is found through the translation's map,
 * and the name that is at fault is said with what was perhaps meant. `tables`: those that the query reads. Errors of other
 * kinds are given back as they are.
 */
export function userError(
  error: unknown,
  source: string,
  translation: Translation,
  tables: readonly ReadTable[] = [],
): unknown {
  if (!(error instanceof PlayheadError)) return error;
  if (error.code !== 'PH_SQL_INVALID' && error.code !== 'PH_SQL_FAILED' && error.code !== 'PH_SQL_SYNTAX') return error;
  const { offset, reason, candidates, subtype } = error.details;
  const told = typeof reason === 'string' ? reason : error.message;
  const [, owner, ofOwner] = missingOfOwner.exec(told) ?? [];
  const name = error.details['name'] ?? ofOwner;
  const failed = failureOfMacro(told) ?? valueFailure(told);
  const text = failed ?? readable(told, name, subtype);
  const toldAt = typeof offset === 'number' ? offset : undefined;
  const places = failed === undefined ? [] : failurePlaces(failed, toldAt, source, translation);
  const at =
    failed !== undefined
      ? onlyOne(places)
      : toldAt === undefined
        ? undefined
        : placeOf(source, translation, toldAt, name, subtype);
  const known = Array.isArray(candidates) && subtype !== 'NO_MATCHING_FUNCTION' ? candidates.map(String) : [];
  const isColumn = subtype === 'COLUMN_NOT_FOUND' || owner !== undefined;
  const meant =
    typeof name !== 'string'
      ? ''
      : isColumn
        ? columnHint(bareName(name), tablesInSight(source, translation.views, tables), known.map(bareName))
        : suggestion(name, known.map(bareName));
  const elsewhere = failed !== undefined && at === undefined ? placelessHint(places, source, translation.views) : meant;
  const hint = elsewhere === '' && failed !== undefined ? adviceFor(failed) : elsewhere;
  // What the printer wrote always parses: a syntax error of the engine's is about something it takes differently.
  const code = error.code === 'PH_SQL_SYNTAX' ? 'PH_SQL_INVALID' : error.code;
  return sqlError(code, text, source, at, {
    cause: error,
    ...(hint === '' ? {} : { hint }),
    details: { ...(name === undefined ? {} : { name }), ...(known.length === 0 ? {} : { candidates: known }) },
  });
}

/** What gives NULL in the place of a value that fails the query. */
function adviceFor(failed: string): string {
  if (failed.startsWith('Division by zero')) return 'NULL in its place: divide by NULLIF(divisor, 0), or write TRY(…).';
  return failed.startsWith('Cannot cast')
    ? 'NULL in its place: TRY_CAST(… AS …).'
    : 'NULL in its place: TRY(…), or TRY_CAST for a cast.';
}

const onlyOne = (places: readonly number[]): number | undefined => (places.length === 1 ? places[0] : undefined);

function placeOf(
  source: string,
  translation: Translation,
  offset: number,
  name: unknown,
  subtype: unknown,
): number | undefined {
  const bytes = Buffer.byteLength([...translation.sql].slice(0, offset).join(''));
  const mapped = sourceOf(translation.sql, translation.map, bytes);
  if (typeof name !== 'string') return mapped;
  if (subtype === 'NO_MATCHING_FUNCTION') return callPlace(source, name) ?? mapped;
  const wanted = name.split('.').at(-1)?.toLowerCase() ?? '';
  const named = translation.map.filter(([start, length]) => {
    const text = translation.sql
      .slice(start, start + length)
      .replaceAll('"', '')
      .toLowerCase();
    return text === wanted;
  });
  if (named.length === 0) return mapped;
  const near = named.find(([, , from, to]) => mapped !== undefined && mapped >= from && mapped <= to);
  const after = named.find(([start]) => start >= offset);
  return (near ?? after ?? named[0])?.[2] ?? mapped;
}

const bareName = (candidate: string): string => candidate.split('.').at(-1)?.replaceAll('"', '') ?? candidate;

function readable(reason: string, name: unknown, subtype: unknown): string {
  if (subtype === 'COLUMN_NOT_FOUND' && typeof name === 'string') return `there is no column "${name}"`;
  const [, owner, column] = missingOfOwner.exec(reason) ?? [];
  if (owner !== undefined) return `there is no column "${column}" in ${owner}`;
  const [, table] = /^Referenced table "(.*)" not found/s.exec(reason) ?? [];
  if (table !== undefined) return `nothing in FROM is called ${table}`;
  const call = /^No function matches the given name and argument types '(.*?)'\./s.exec(reason)?.[1];
  if (call !== undefined) return `${call.toLowerCase()}: no function takes these types`;
  return reason.replace(/athena_table_\d+\./g, '').split('\n')[0] ?? reason;
}

/** A column asked of what FROM calls by a name: DuckDB's words say which kind of thing it made of it. */
const missingOfOwner = /^(?:Values list|Table|Subquery) "(.*?)" does not have a column named "(.*?)"/s;

const macroFailures = /^(Division by zero|Cannot cast|Value cannot be cast|Array subscript|Index must)/;

/** Macros fail by a cast of a text that says why. */
function failureOfMacro(reason: string): string | undefined {
  const text =
    /Could not convert string '(.*)' to (?:INT\d+|HUGEINT)|invalid (?:date|timestamp) field format: "(.*?)"/s.exec(
      reason,
    );
  const literal = text?.[1] ?? text?.[2];
  return literal !== undefined && macroFailures.test(literal) ? literal : undefined;
}
