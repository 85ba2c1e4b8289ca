import { type ErrorCode, PlayheadError } from '../base/errors.ts';

/** A stretch of the user's SQL, in Unicode characters (not UTF-16 units) from its start. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface SourcePosition {
  /** From 1. */
  readonly line: number;
  /** From 1, in Unicode characters. */
  readonly column: number;
}

/** Where the character at `offset` stands. Past the end counts as the end. */
export function positionOf(sql: string, offset: number): SourcePosition {
  const before = [...sql].slice(0, offset);
  const lastBreak = before.lastIndexOf('\n');
  return { line: before.filter((c) => c === '\n').length + 1, column: before.length - lastBreak };
}

/** The line at `offset` with a caret under it: what an error shows beneath its message. */
export function excerptAt(sql: string, offset: number): string {
  const { line, column } = positionOf(sql, offset);
  const text = (sql.split('\n')[line - 1] ?? '').replaceAll('\t', ' ').replace('\r', '');
  const characters = [...text];
  const from = Math.max(0, column - 60);
  const shown = characters.slice(from, from + 100).join('');
  return `${shown}\n${' '.repeat(column - 1 - from)}^`;
}

/** An error about a place in the user's SQL: `message` gets the line and column, and the excerpt beneath. */
export function sqlError(
  code: ErrorCode,
  message: string,
  sql: string,
  offset: number | undefined,
  options: { hint?: string; cause?: unknown; details?: Record<string, unknown> } = {},
): PlayheadError {
  if (offset === undefined) return new PlayheadError(code, message, options);
  const at = positionOf(sql, offset);
  const text = `line ${at.line}, column ${at.column}: ${message}\n${excerptAt(sql, offset)}`;
  return new PlayheadError(code, text, { ...options, details: { ...options.details, ...at } });
}

/**
 * An error about a query as one about the statement around it: beneath the message stands the user's line whole.
 * `query` is as long as `statement` up to its end. Errors without a place are given back as they are.
 */
export function placedIn(error: unknown, query: string, statement: string): unknown {
  if (!(error instanceof PlayheadError) || query === statement) return error;
  const { line, column } = error.details;
  if (typeof line !== 'number' || typeof column !== 'number') return error;
  const offset = offsetOf(query, { line, column });
  const excerpt = excerptAt(query, offset);
  if (!error.message.endsWith(excerpt)) return error;
  const message = error.message.slice(0, error.message.length - excerpt.length) + excerptAt(statement, offset);
  const { code, hint, details, cause } = error;
  return new PlayheadError(code, message, { details, cause, ...(hint === undefined ? {} : { hint }) });
}

/**
 * An error about a query that was made of the user's text, beginning with `before`, as one about that text, which `what`
 * names. What is wrong after the text is that it ends too soon. Errors without a place are given back as they are.
 */
export function placedInPart(
  error: unknown,
  query: string,
  { before, text, what }: { readonly before: string; readonly text: string; readonly what: string },
): unknown {
  if (!(error instanceof PlayheadError)) return error;
  const { line, column } = error.details;
  if (typeof line !== 'number' || typeof column !== 'number') return error;
  const offset = offsetOf(query, { line, column });
  const prefix = `line ${line}, column ${column}: `;
  const excerpt = `\n${excerptAt(query, offset)}`;
  if (!error.message.startsWith(prefix) || !error.message.endsWith(excerpt)) return error;
  const length = [...text].length;
  const within = offset - [...before].length;
  const said = within < length ? error.message.slice(prefix.length, -excerpt.length) : 'it ends too soon';
  const { code, hint, details, cause } = error;
  const placed = sqlError(code, said, text, Math.max(0, Math.min(within, length)), {
    details,
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
  return new PlayheadError(code, `${what}, ${placed.message}`, {
    details: placed.details,
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** The inverse of `positionOf`. */
function offsetOf(sql: string, { line, column }: SourcePosition): number {
  const before = sql.split('\n').slice(0, line - 1);
  return before.reduce((sum, text) => sum + [...text].length + 1, 0) + column - 1;
}

/**
 * Where a function is called: the last call before `before` (the first place inside it that is known), else the first
 * at all. Syntax trees keep the places of names, not of calls.
 */
export function callPlace(sql: string, name: string, before?: number): number | undefined {
  const calls = [...sql.matchAll(new RegExp(`\\b${name.replace(/\W/g, '')}\\s*\\(`, 'gi'))];
  const places = calls.map(({ index }) => [...sql.slice(0, index)].length);
  return before === undefined ? places[0] : places.findLast((place) => place < before);
}
