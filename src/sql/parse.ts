import { PlayheadError } from '../base/errors.ts';
import { sqlError } from './source-position.ts';
import type { Node } from './syntax-tree.ts';

type Sdk = typeof import('@polyglot-sql/sdk');

/**
 * Loads the SQL front end: a second of one core and 115 MB, so only when there is SQL that no cache knows. Trino's
 * grammar is Athena's for queries; the SDK's own `athena` dialect reads a backslash in a string as an escape, which
 * Athena does not.
 */
async function loadSdk(): Promise<Sdk> {
  return import('@polyglot-sql/sdk');
}

/** The syntax tree of one query in Athena's dialect. Throws PH_SQL_SYNTAX with the line and column. */
export async function parseQuery(sql: string): Promise<Node> {
  const sdk = await loadSdk();
  const result = sdk.parse(sql, sdk.Dialect.Trino);
  if (!result.success) throw syntaxError(sql, result);
  // A parsed boundary: the SDK types its tree as `any`; syntax-tree.ts reads it with checks.
  const statements = result.ast as unknown as readonly Node[];
  const [statement, second] = statements;
  if (statement === undefined) throw new PlayheadError('PH_SQL_SYNTAX', 'there is no statement');
  if (second !== undefined) throw new PlayheadError('PH_SQL_SYNTAX', 'one statement at a time');
  return statement;
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

function syntaxError(
  sql: string,
  result: { readonly error?: string | undefined; readonly errorStart?: number | undefined },
): PlayheadError {
  const message = (result.error ?? 'not understood')
    .replace(/^(Parse|Tokenization) error at line \d+, column \d+: /, '')
    .replace(/ near \[.*\]$/s, '');
  return sqlError('PH_SQL_SYNTAX', message, sql, result.errorStart);
}
