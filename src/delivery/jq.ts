import { PlayheadError } from '../base/errors.ts';

/** `.type.device`, `.tags[0]`, `.["a b"]`: one step into an object or a list. */
type JqStep = { readonly field: string } | { readonly index: number };
export type JqPath = readonly JqStep[];

/**
 * The part of jq that dynamic partitioning takes: paths and the construction of one object from paths,
 * `{customer: .customer.id, device: .device}`. Everything else of the language is refused by name: a partition key that
 * came out subtly different from jq's would put records where nobody looks for them.
 */
interface Cursor {
  readonly source: string;
  at: number;
}

/** What stands where a path must end, and what jq calls it. The first that matches names the refusal. */
const refusals: readonly { readonly pattern: RegExp; readonly name: string }[] = [
  { pattern: /^\/\//, name: 'the alternative operator //' },
  { pattern: /^\|=?/, name: 'the pipe |' },
  { pattern: /^\.\./, name: 'recursive descent ..' },
  { pattern: /^\?/, name: 'error suppression ?' },
  { pattern: /^(==|!=|<=|>=|<|>)/, name: 'comparison' },
  { pattern: /^[-+*/%]/, name: 'arithmetic' },
  { pattern: /^\$/, name: 'variables' },
  { pattern: /^@/, name: 'format strings' },
  { pattern: /^\[\s*\]/, name: 'the iterator []' },
  { pattern: /^\[\s*-?\d*\s*:/, name: 'slices' },
  { pattern: /^\[/, name: 'the construction of arrays' },
  { pattern: /^\(/, name: 'grouping by parentheses' },
  { pattern: /^,/, name: 'several outputs by ,' },
  { pattern: /^"/, name: 'string literals' },
  { pattern: /^\d/, name: 'number literals' },
  { pattern: /^(if|reduce|foreach|def|try|label|import|include)\b/, name: 'control structures' },
  { pattern: /^[A-Za-z_]\w*/, name: 'functions' },
];

/** Parses a jq path. Throws PH_PATTERN_INVALID that names the construct and its position. */
export function parseJqPath(source: string): JqPath {
  const cursor = { source, at: 0 };
  const path = readPath(cursor);
  skipSpace(cursor);
  if (cursor.at < source.length) throw refused(cursor);
  return path;
}

/** Parses `{name: .path, …}` (or `{name}` for `.name`) into its paths by name. */
export function parseJqObject(source: string): Readonly<Record<string, string>> {
  const cursor = { source, at: 0 };
  const entries: [string, string][] = [];
  skipSpace(cursor);
  if (!take(cursor, '{')) throw expected(cursor, 'an object: {name: .path, …}');
  do {
    entries.push(readEntry(cursor));
    skipSpace(cursor);
  } while (take(cursor, ','));
  if (!take(cursor, '}')) throw cursor.at < source.length ? refused(cursor) : expected(cursor, 'a closing }');
  skipSpace(cursor);
  if (cursor.at < source.length) throw refused(cursor);
  return Object.fromEntries(entries);
}

/**
 * The value at a path. As in jq, null and what is missing give null; `undefined` where jq would raise an error (a field
 * of a number, an index of a string).
 */
export function evaluateJqPath(path: JqPath, value: unknown): unknown {
  let current = value;
  for (const step of path) {
    if (current === null) return null;
    if ('field' in step) {
      if (typeof current !== 'object' || Array.isArray(current)) return undefined;
      // `as`: a JSON value that is neither null nor a list nor a scalar is an object.
      const object = current as Readonly<Record<string, unknown>>;
      current = Object.hasOwn(object, step.field) ? object[step.field] : null;
    } else {
      if (!Array.isArray(current)) return undefined;
      current = current.at(step.index) ?? null;
    }
  }
  return current;
}

function readEntry(cursor: Cursor): [string, string] {
  skipSpace(cursor);
  const name = readName(cursor) ?? readString(cursor);
  if (name === undefined) throw expected(cursor, 'a key');
  skipSpace(cursor);
  if (!take(cursor, ':')) return [name, `.[${JSON.stringify(name)}]`];
  skipSpace(cursor);
  const start = cursor.at;
  readPath(cursor);
  return [name, cursor.source.slice(start, cursor.at).trim()];
}

function readPath(cursor: Cursor): JqPath {
  skipSpace(cursor);
  if (cursor.source.startsWith('..', cursor.at) || !take(cursor, '.')) throw refused(cursor);
  const steps: JqStep[] = [];
  const first = readName(cursor) ?? readString(cursor);
  if (first !== undefined) steps.push({ field: first });
  for (;;) {
    const step = readStep(cursor);
    if (step === undefined) return steps;
    steps.push(step);
  }
}

function readStep(cursor: Cursor): JqStep | undefined {
  const bracket = /^\.?\[\s*(?:(-?\d+)|("(?:[^"\\]|\\.)*"))\s*\]/.exec(cursor.source.slice(cursor.at));
  if (bracket !== null) {
    cursor.at += bracket[0].length;
    return bracket[1] === undefined ? { field: parseString(cursor, bracket[2] ?? '') } : { index: Number(bracket[1]) };
  }
  if (cursor.source[cursor.at] !== '.' || cursor.source[cursor.at + 1] === '.') return undefined;
  cursor.at += 1;
  const field = readName(cursor) ?? readString(cursor);
  if (field === undefined) throw expected(cursor, 'a field name');
  return { field };
}

function readName(cursor: Cursor): string | undefined {
  const name = /^[A-Za-z_]\w*/.exec(cursor.source.slice(cursor.at))?.[0];
  cursor.at += name?.length ?? 0;
  return name;
}

function readString(cursor: Cursor): string | undefined {
  const text = /^"(?:[^"\\]|\\.)*"/.exec(cursor.source.slice(cursor.at))?.[0];
  if (text === undefined) return undefined;
  cursor.at += text.length;
  return parseString(cursor, text);
}

function parseString(cursor: Cursor, text: string): string {
  if (text.includes('\\(')) throw invalid(cursor, 'jq: string interpolation is not taken in partition keys');
  try {
    return String(JSON.parse(text));
  } catch (cause) {
    throw invalid(cursor, `jq: ${text} is not a JSON string`, cause);
  }
}

function take(cursor: Cursor, character: string): boolean {
  if (cursor.source[cursor.at] !== character) return false;
  cursor.at += 1;
  return true;
}

function skipSpace(cursor: Cursor): void {
  cursor.at += /^\s*/.exec(cursor.source.slice(cursor.at))?.[0].length ?? 0;
}

function refused(cursor: Cursor): PlayheadError {
  const rest = cursor.source.slice(cursor.at);
  const found = refusals.find(({ pattern }) => pattern.test(rest));
  if (found === undefined) return expected(cursor, 'a path such as .customer.id');
  const word = found.pattern.exec(rest)?.[0] ?? '';
  const name = found.name === 'functions' ? `the function ${word}` : found.name;
  return invalid(cursor, `jq: ${name} is not taken in partition keys`);
}

function expected(cursor: Cursor, what: string): PlayheadError {
  return invalid(cursor, `jq: expected ${what}`);
}

function invalid(cursor: Cursor, message: string, cause?: unknown): PlayheadError {
  return new PlayheadError(
    'PH_PATTERN_INVALID',
    `${message} (${JSON.stringify(cursor.source)}, position ${cursor.at})`,
    {
      hint: 'use paths (.a.b, .a[0], .["a b"]) and one object of them: {name: .a.b}',
      ...(cause === undefined ? {} : { cause }),
      details: { source: cursor.source, position: cursor.at },
    },
  );
}
