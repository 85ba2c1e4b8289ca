import { positionOf } from './source-position.ts';
import { callSites, operatorPlaces } from './source-tokens.ts';
import type { Translation } from './translation.ts';

/** What in a query can fail with a message, where the engine gives no place for it. */
const culprits: readonly (readonly [message: RegExp, operators: readonly string[], calls: readonly string[]])[] = [
  [/^Division by zero/, ['/', '%'], ['mod']],
  [/ overflow: .* \+ /, ['+'], []],
  [/ overflow: .* - /, ['-'], []],
  [/ overflow: .* \* /, ['*'], []],
  [/^Array subscript|^Index must/, ['['], []],
  [/ does not have the format /, [], ['date_parse', 'parse_datetime']],
];

/**
 * Where a failure in running may have come from, in characters of the user's SQL: one place is certain, several are those
 * that it can be, none means that nothing is known. The engine's offset counts only where a call or cast of the user's
 * begins exactly there: a failure inside of a macro has an offset in the macro.
 */
export function failurePlaces(
  message: string,
  offset: number | undefined,
  source: string,
  translation: Translation,
): readonly number[] {
  const culprit = culprits.find(([pattern]) => pattern.test(message));
  if (culprit !== undefined) {
    if (translation.views.length > 0) return [];
    const [, operators, calls] = culprit;
    const called = callSites(source).filter(({ name }) => calls.includes(name));
    return [...operatorPlaces(source, operators), ...called.map(({ start }) => start)].sort((a, b) => a - b);
  }
  if (offset === undefined) return [];
  const unit = [...translation.sql].slice(0, offset).join('').length;
  const exact = translation.map.findLast(([start, length]) => start === unit && length === 0);
  return exact === undefined ? [] : [exact[2]];
}

const mostPlaces = 5;

/** What to do about a failure whose place is not certain; `views`: those that the query reads. */
export function placelessHint(places: readonly number[], source: string, views: readonly string[]): string {
  const shown = places.slice(0, mostPlaces).map((place) => {
    const { line, column } = positionOf(source, place);
    return `line ${line}, column ${column}`;
  });
  const where =
    shown.length === 0
      ? `Where in the query${views.length === 0 ? '' : ` or in ${views.join(', ')}`} is not known.`
      : `It can be at ${shown.join('; ')}${places.length > mostPlaces ? '; or further on' : ''}.`;
  return `${where} try(…) gives NULL where what it holds fails; nullif(x, 0) guards a divisor.`;
}
