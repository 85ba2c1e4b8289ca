import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { PlayheadError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { plainDecimals } from './decimal-literals.ts';
import { sqlError } from './source-position.ts';
import { sourceTokens } from './source-tokens.ts';
import { bodyOf, kindOf, type Node, objectAt, rewrite } from './syntax-tree.ts';

type Sdk = typeof import('@polyglot-sql/sdk');

/** The most that V8 takes: bytes of WebAssembly that a function runs before it is compiled again, optimised. */
const tieringBudget = 2 ** 31 - 1;

/**
 * Loads the SQL front end: 0.1 s of one core and 50 MB, so only when there is SQL that no cache knows. Trino's
 * grammar is Athena's for queries; the SDK's own `athena` dialect reads a backslash in a string as an escape, which
 * Athena does not.
 */
export async function loadSdk(): Promise<Sdk> {
  // It is compiled fast as it is first used. Compiling the hot functions of 22 MB once more, for speed, took a second of CPU
  // and 190 MB beside the work; no process reads so much SQL that it gains them back.
  setFlagsFromString(`--wasm-tiering-budget=${tieringBudget}`);
  // Most of its functions are never called, and those that are, are validated as they are compiled.
  setFlagsFromString('--wasm-lazy-validation');
  // The SDK's module for `import` reads its file through `fetch`, for which it replaces the process's own: that took longer
  // than all the rest, and twice the memory.
  const sdk: Sdk = createRequire(import.meta.url)('@polyglot-sql/sdk');
  await sdk.init();
  return sdk;
}

/**
 * The syntax tree of one query in Athena's dialect. Throws PH_SQL_SYNTAX with the line and column. `text`: what is parsed
 * where it differs from what the user wrote, place by place.
 */
export async function parseQuery(sql: string, text = sql): Promise<Node> {
  const sdk = await loadSdk();
  const result = sdk.parse(plainDecimals(text), sdk.Dialect.Trino);
  if (!result.success) throw syntaxError(sql, result);
  // A parsed boundary: the SDK types its tree as `any`; syntax-tree.ts reads it with checks.
  const statements = result.ast as unknown as readonly Node[];
  const [statement, second] = statements;
  if (statement === undefined) throw new PlayheadError('PH_SQL_SYNTAX', 'there is no statement');
  if (second !== undefined)
    throw sqlError('PH_SQL_SYNTAX', 'one statement at a time', sql, secondPlace(sql), { hint: 'Run each by itself.' });
  return unwrapped(statement);
}

/** Where the statement after the first begins. */
function secondPlace(sql: string): number | undefined {
  const tokens = sourceTokens(sql);
  const end = tokens.findIndex(({ text }) => text === ';');
  return tokens.slice(end).find(({ text }) => text !== ';')?.start;
}

/**
 * Without the nodes that the SDK puts around some others: a comment after an expression, and the sample of a subquery,
 * which a table has in itself.
 */
function unwrapped(tree: Node): Node {
  return rewrite(tree, (node) => {
    const body = bodyOf(node);
    const inner = objectAt(body, 'this');
    if (inner === undefined) return undefined;
    if (kindOf(node) === 'annotated') return unwrapped(inner);
    if (kindOf(node) !== 'table_sample') return undefined;
    const source = unwrapped(inner);
    return { [kindOf(source)]: { ...bodyOf(source), table_sample: body['sample'] } };
  });
}

/** Another dialect's text of a query, by the SDK's own rules. */
export async function transpileQuery(sql: string, to: 'spark' | 'trino'): Promise<string> {
  const sdk = await loadSdk();
  const target = to === 'spark' ? sdk.Dialect.Spark : sdk.Dialect.Trino;
  const result = sdk.transpile(sql, sdk.Dialect.Trino, target, { unsupportedLevel: 'raise' });
  const text = result.sql?.[0];
  if (result.success && text !== undefined) return text;
  if (result.errorStart !== undefined) throw syntaxError(sql, result);
  throw new PlayheadError('PH_SQL_UNSUPPORTED', `${to} has no equal of this: ${result.error ?? 'unknown reason'}`);
}

interface ParseFault {
  readonly error?: string | undefined;
  /** The token at fault, in Unicode characters. */
  readonly errorStart?: number | undefined;
  readonly errorEnd?: number | undefined;
}

/** Words between the parts of a query, of which a misspelt one is taken for a name. */
const clauseWords: readonly string[] =
  'FROM WHERE GROUP HAVING ORDER LIMIT OFFSET UNION INTERSECT EXCEPT JOIN CROSS INNER LEFT RIGHT FULL USING SELECT'.split(
    ' ',
  );
const punctuation: Readonly<Record<string, string>> = { LParen: '(', RParen: ')', LBracket: '[', RBracket: ']' };

function syntaxError(sql: string, { error = 'not understood', errorStart, errorEnd }: ParseFault): PlayheadError {
  const said = error
    .replace(/^(Parse|Tokenization) error at line \d+, column \d+: /, '')
    .replace(/ near \[.*\]$/s, '')
    .replace(/\b[LR](?:Paren|Bracket)\b/g, (name) => punctuation[name] ?? name);
  if (errorStart === undefined) return new PlayheadError('PH_SQL_SYNTAX', said);
  if (said.includes('got end of input'))
    return sqlError(
      'PH_SQL_SYNTAX',
      said.replace(/got end of input.*$/s, 'found the end'),
      sql,
      errorEnd ?? errorStart,
    );
  const characters = [...sql];
  const found = characters.slice(errorStart, errorEnd).join('');
  const message = /Unexpected token/.test(said) ? `unexpected ${found}` : said;
  const meant = misspelt(found);
  if (meant !== undefined)
    return sqlError('PH_SQL_SYNTAX', message, sql, errorStart, { hint: `Did you mean ${meant}?` });
  // `FROM x WHER a = 1` reads as an alias, and what follows it is unexpected: the word before is the one at fault.
  const [gap = '', before = ''] =
    /(?<![\p{L}\p{N}_])([\p{L}_]+)\s*$/u.exec(characters.slice(0, errorStart).join('')) ?? [];
  const meantBefore = misspelt(before);
  if (meantBefore === undefined) return sqlError('PH_SQL_SYNTAX', message, sql, errorStart);
  const at = errorStart - [...gap].length;
  return sqlError('PH_SQL_SYNTAX', `unexpected ${before}`, sql, at, { hint: `Did you mean ${meantBefore}?` });
}

/** The clause word that was meant, where the word is not one itself. */
function misspelt(word: string): string | undefined {
  const isWord = /^[\p{L}_]{3,}$/u.test(word) && !clauseWords.includes(word.toUpperCase());
  return isWord ? nearest(word, clauseWords) : undefined;
}
