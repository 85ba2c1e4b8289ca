import type { Span } from './source-position.ts';

/** A word, number, string or symbol of the user's SQL; `start` and `end` in Unicode characters. */
export interface SourceToken extends Span {
  readonly text: string;
}

const pattern =
  /(\s+|--[^\n]*|\/\*[\s\S]*?\*\/)|'(?:[^']|'')*'|"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_]*|\d[\p{L}\p{N}_.]*|[\s\S]/gu;

/** The tokens of a text, without comments and what is between them. */
export function sourceTokens(sql: string): SourceToken[] {
  const tokens: SourceToken[] = [];
  let start = 0;
  for (const [text, space] of sql.matchAll(pattern)) {
    const end = start + [...text].length;
    if (space === undefined) tokens.push({ text, start, end });
    start = end;
  }
  return tokens;
}

/** A call `name(…)`: from its name to its closing parenthesis. Names in lower case. */
export interface CallSite extends Span {
  readonly name: string;
}

/** Every `name(…)` of a text, whatever it is, in order. */
export function callSites(sql: string): readonly CallSite[] {
  const tokens = sourceTokens(sql);
  const open: { readonly name: string | undefined; readonly start: number }[] = [];
  const sites: CallSite[] = [];
  for (const [i, { text, end }] of tokens.entries()) {
    const before = tokens[i - 1];
    const name = before !== undefined && /^[\p{L}_]/u.test(before.text) ? before.text.toLowerCase() : undefined;
    if (text === '(') open.push({ name, start: before?.start ?? 0 });
    const opened = text === ')' ? open.pop() : undefined;
    if (opened?.name !== undefined) sites.push({ name: opened.name, start: opened.start, end });
  }
  return sites.sort((a, b) => a.start - b.start);
}

/**
 * Where a call stands. Syntax trees keep the places of names, not of calls: `inside` is one that stands in its
 * parentheses, `outer` says how many calls of the same name are around it. Without a place inside, only the one call of
 * its name is known.
 */
export function callSite(
  sites: readonly CallSite[],
  name: string,
  inside: Span | undefined,
  outer: number,
): CallSite | undefined {
  const named = sites.filter((site) => site.name === name);
  if (inside === undefined) return named.length === 1 ? named[0] : undefined;
  return named.filter((site) => site.start <= inside.start && inside.end <= site.end)[outer];
}

/** After one of these a `-` has no left side, and a `*` is a star. */
const noOperand =
  /^(SELECT|DISTINCT|ALL|WHEN|THEN|ELSE|CASE|AND|OR|NOT|BY|WHERE|ON|HAVING|IN|BETWEEN|LIKE|VALUES|LIMIT|OFFSET)$/i;

/** Where these operators stand between two operands: `/`, or `[` as a subscript. */
export function operatorPlaces(sql: string, operators: readonly string[]): readonly number[] {
  const tokens = sourceTokens(sql);
  return tokens.flatMap(({ text, start }, i) => {
    const before = tokens[i - 1]?.text ?? '';
    const hasOperand = /^[\p{L}\p{N}_'")\]]/u.test(before) && !noOperand.test(before);
    const isList = text === '[' && /^array$/i.test(before);
    return operators.includes(text) && hasOperand && !isList ? [start] : [];
  });
}
