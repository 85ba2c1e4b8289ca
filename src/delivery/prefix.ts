import { PlayheadError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';

/** One piece of a Firehose prefix expression, in order. */
export type PrefixPart =
  | { readonly kind: 'literal'; readonly text: string }
  /** `!{timestamp:yyyy/MM}`: a Java DateTimeFormatter pattern of the arrival time, and where in the prefix it stands. */
  | { readonly kind: 'timestamp'; readonly pattern: string; readonly position: number }
  /** `!{firehose:random-string}`: eleven letters and digits, new for each object. */
  | { readonly kind: 'random-string' }
  /** `!{firehose:error-output-type}`: why the object's records are errors. Error prefixes only. */
  | { readonly kind: 'error-output-type' }
  /** `!{partitionKeyFromQuery:name}`: a value that dynamic partitioning took from the record. */
  | { readonly kind: 'partition-key'; readonly name: string };

export interface PrefixExpression {
  readonly source: string;
  readonly parts: readonly PrefixPart[];
}

/** What Firehose appends to a prefix that names neither a time nor a partition key. */
const defaultTimeSuffix: PrefixPart = { kind: 'timestamp', pattern: 'yyyy/MM/dd/HH/', position: 0 };

const firehoseValues = { 'random-string': 'random-string', 'error-output-type': 'error-output-type' } as const;

const namespaces: Readonly<Record<string, (value: string, at: ExpressionPlace) => PrefixPart>> = {
  timestamp: (pattern, { valueAt }) => ({ kind: 'timestamp', pattern, position: valueAt }),
  firehose: (value, at) => {
    const kind = Object.values(firehoseValues).find((known) => known === value);
    if (kind === undefined) throw unknownWord(at, at.valueAt, value, Object.keys(firehoseValues));
    return { kind };
  },
  partitionKeyFromQuery: (name) => ({ kind: 'partition-key', name }),
  partitionKeyFromLambda: (_, at) => {
    throw invalid(at.source, at.start, 'partitionKeyFromQuery (a delivery has no Lambda)', 'partitionKeyFromQuery');
  },
};

interface ExpressionPlace {
  readonly source: string;
  readonly start: number;
  readonly valueAt: number;
}

/**
 * Parses a prefix or error prefix into its parts. Whether Java knows the letters of a `timestamp` pattern is checked
 * when the prefix is compiled. Throws PH_PATTERN_INVALID with `position` (from 0), `expected` and `suggestion`.
 */
export function parsePrefix(source: string): PrefixExpression {
  const parts: PrefixPart[] = [];
  let at = 0;
  while (at < source.length) {
    const start = source.indexOf('!{', at);
    const literal = source.slice(at, start < 0 ? source.length : start);
    if (literal !== '') parts.push(literalPart(source, at, literal));
    if (start < 0) break;
    const end = source.indexOf('}', start);
    if (end < 0) throw invalid(source, start, 'a closing } for this expression', `${source.slice(start)}}`);
    parts.push(expressionPart(source, start, end));
    at = end + 1;
  }
  return { source, parts };
}

/** The prefix as Firehose completes it: with `yyyy/MM/dd/HH/` where it names neither a time nor a partition key. */
export function withDefaultTime(prefix: PrefixExpression): PrefixExpression {
  const placed = prefix.parts.some(({ kind }) => kind === 'timestamp' || kind === 'partition-key');
  return placed ? prefix : { ...prefix, parts: [...prefix.parts, defaultTimeSuffix] };
}

/** The text before the first expression: every key of the prefix starts with it. */
export function literalStart(prefix: PrefixExpression): string {
  const first = prefix.parts[0];
  return first?.kind === 'literal' ? first.text : '';
}

function expressionPart(source: string, start: number, end: number): PrefixPart {
  const body = source.slice(start + 2, end);
  const colon = body.indexOf(':');
  const namespace = colon < 0 ? body : body.slice(0, colon);
  const make = namespaces[namespace];
  const place = { source, start, valueAt: start + 2 + colon + 1 };
  if (make === undefined) throw unknownWord(place, start + 2, namespace, Object.keys(namespaces));
  if (colon < 0 || body.length === colon + 1) {
    throw invalid(source, start + 2 + namespace.length, `a value: !{${namespace}:value}`, undefined);
  }
  return make(body.slice(colon + 1), place);
}

/** A brace outside `!{…}` is nearly always an expression that lost its `!`, and would end up in every key. */
function literalPart(source: string, at: number, text: string): PrefixPart {
  const brace = text.search(/[{}]/);
  if (brace >= 0) {
    const expression = /^\{[^}]*\}/.exec(text.slice(brace))?.[0];
    throw invalid(source, at + brace, 'no brace outside !{namespace:value}', expression && `!${expression}`);
  }
  return { kind: 'literal', text };
}

function unknownWord(place: ExpressionPlace, position: number, word: string, known: readonly string[]): PlayheadError {
  return invalid(place.source, position, `one of ${known.join(', ')}`, nearest(word, known));
}

function invalid(source: string, position: number, expected: string, suggestion: string | undefined): PlayheadError {
  return new PlayheadError(
    'PH_PATTERN_INVALID',
    `prefix ${JSON.stringify(source)}, position ${position}: expected ${expected}`,
    {
      ...(suggestion === undefined ? {} : { hint: `did you mean ${suggestion}?` }),
      details: { source, position, expected, ...(suggestion === undefined ? {} : { suggestion }) },
    },
  );
}
