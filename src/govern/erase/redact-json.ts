import { jsonText, parseJson } from '../../record/parse-json.ts';
import type { PersonFinder } from './person-finder.ts';

/**
 * A JSON value with the person's id replaced by the mark wherever text has it: in the names of its fields too, and in JSON
 * that a text holds. A number is an id only as the value of its field; others stay what they are.
 */
export function redactedJson(value: unknown, finder: PersonFinder): unknown {
  if (typeof value === 'string') return redactedText(value, finder);
  if (Array.isArray(value)) return value.map((each) => redactedJson(each, finder));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      finder.redacted(name),
      finder.isValue(name, each) ? finder.mark : redactedJson(each, finder),
    ]),
  );
}

/** The text with the id replaced by the mark: JSON stays JSON. The same text where the id isn't there. */
export function redactedText(text: string, finder: PersonFinder): string {
  if (finder.redacted(text) === text && !text.includes('\\')) return text;
  const json = /^\s*[[{]/.test(text) ? parsedJson(text) : undefined;
  if (json === undefined) return finder.redacted(text);
  const [before, after] = [jsonText(json), jsonText(redactedJson(json, finder))];
  return before === after ? text : after;
}

/** Undefined for a text that is no JSON. */
export function parsedJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
