import type { PlayheadError } from '../../base/errors.ts';
import { positionOf, type SourcePosition, sqlError } from '../source-position.ts';

/** `quoted`: in backticks, a name. `double`: in double quotes, which DDL uses for strings and queries for names. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'double' | 'string' | 'number' | 'symbol' | 'end';
  /** What it means: a name without its quotes, a string without its escapes. */
  readonly value: string;
  /** Index in the text, in UTF-16 units. */
  readonly start: number;
}

const patterns = {
  space: /(?:\s+|--[^\n]*|\/\*[\s\S]*?\*\/)+/y,
  word: /[\p{L}_][\p{L}\p{N}_]*/uy,
  number: /-?\d+(?:\.\d+)?/y,
  backtick: /`((?:[^`]|``)+)`/y,
  string: /'((?:[^'\\]|\\[\s\S]|'')*)'/y,
  double: /"((?:[^"\\]|\\[\s\S]|"")*)"/y,
} as const;

/** The tokens of a text, with one of kind `end` at last. Throws PH_SQL_SYNTAX where a quote or comment isn't closed. */
export function lex(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  for (;;) {
    at += match(patterns.space)?.[0].length ?? 0;
    if (at >= text.length) return [...tokens, { kind: 'end', value: '', start: text.length }];
    const [token, length] = tokenAt(text, at, match);
    tokens.push(token);
    at += length;
  }
}

function tokenAt(
  text: string,
  start: number,
  match: (pattern: RegExp) => RegExpExecArray | null,
): readonly [Token, number] {
  const word = match(patterns.word) ?? match(patterns.number);
  if (word !== null)
    return [{ kind: /^[-\d]/.test(word[0]) ? 'number' : 'word', value: word[0], start }, word[0].length];
  const backtick = match(patterns.backtick);
  if (backtick !== null)
    return [{ kind: 'quoted', value: (backtick[1] ?? '').replaceAll('``', '`'), start }, backtick[0].length];
  const string = match(patterns.string);
  if (string !== null) return [{ kind: 'string', value: unescaped(string[1] ?? '', "'"), start }, string[0].length];
  const double = match(patterns.double);
  if (double !== null) return [{ kind: 'double', value: unescaped(double[1] ?? '', '"'), start }, double[0].length];
  const unclosed = { "'": 'string', '"': 'string', '`': 'name' }[text.charAt(start)];
  if (unclosed !== undefined) throw syntaxError(text, start, `this ${unclosed} is never closed`);
  if (text.startsWith('/*', start)) throw syntaxError(text, start, 'this comment is never closed');
  const symbol = String.fromCodePoint(text.codePointAt(start) ?? 0);
  return [{ kind: 'symbol', value: symbol, start }, symbol.length];
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', '0': '\0', Z: '\u001a' };

/** Hive's escapes: a doubled quote, `\n`, `\u0001`, octal `\001`; any other escaped character stands for itself. */
function unescaped(body: string, quote: string): string {
  return body
    .replaceAll(quote + quote, quote)
    .replace(/\\(u[0-9a-fA-F]{4}|[0-3][0-7]{2}|[\s\S])/gu, (_, code: string) => {
      if (code.length === 5) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
      if (code.length === 3) return String.fromCharCode(Number.parseInt(code, 8));
      return escapes[code] ?? code;
    });
}

/** A string literal that `lex` reads back. */
export function ddlString(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll("'", "\\'")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not stand in a literal as they are
    .replace(/[\u0000-\u001f\u007f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `'${escaped}'`;
}

/** A name in backticks that `lex` reads back. */
export function ddlName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** Line and column of an index in the text. */
export function placeOf(text: string, at: number): SourcePosition {
  return positionOf(text, characters(text, at));
}

/** PH_SQL_SYNTAX at an index of the text. */
export function syntaxError(text: string, at: number, problem: string, hint?: string): PlayheadError {
  return sqlError('PH_SQL_SYNTAX', problem, text, characters(text, at), hint === undefined ? {} : { hint });
}

/** Unicode characters before an index, which is in UTF-16 units. */
function characters(text: string, at: number): number {
  return [...text.slice(0, at)].length;
}
