import { sqlError } from './source-position.ts';
import { type SourceToken, sourceTokens } from './source-tokens.ts';

/** Athena's statements about statements that are kept. Names in lower case; values as SQL writes constants. */
export type PreparedStatement =
  | { readonly kind: 'prepare'; readonly name: string; readonly sql: string }
  | { readonly kind: 'execute'; readonly name: string; readonly values: readonly string[]; readonly at: number }
  | { readonly kind: 'deallocate'; readonly name: string; readonly at: number };

/** Undefined for a statement of another kind. Throws PH_SQL_SYNTAX. */
export function readPrepared(sql: string): PreparedStatement | undefined {
  const tokens = sourceTokens(sql);
  while (tokens.at(-1)?.text === ';') tokens.pop();
  const fail = (expected: string, i: number): never => {
    const found = tokens[i];
    throw sqlError('PH_SQL_SYNTAX', `expected ${expected}, found ${found?.text ?? 'the end'}`, sql, found?.start);
  };
  const isWord = (i: number, word: string): boolean => tokens[i]?.text.toUpperCase() === word;
  const nameAt = (i: number): { readonly name: string; readonly at: number } => {
    const token = tokens[i];
    if (token === undefined || !/^["\p{L}_]/u.test(token.text)) return fail('a name', i);
    return { name: token.text.replace(/^"|"$/g, '').toLowerCase(), at: token.start };
  };
  const characters = [...sql];
  if (isWord(0, 'PREPARE')) {
    const { name } = nameAt(1);
    if (!isWord(2, 'FROM')) fail('FROM', 2);
    const [first, last] = [tokens[3] ?? fail('a statement', 3), tokens.at(-1)];
    return { kind: 'prepare', name, sql: characters.slice(first.start, last?.end).join('') };
  }
  if (isWord(0, 'DEALLOCATE')) {
    if (!isWord(1, 'PREPARE')) fail('PREPARE', 1);
    if (tokens.length > 3) fail('the end', 3);
    return { kind: 'deallocate', ...nameAt(2) };
  }
  if (!isWord(0, 'EXECUTE')) return undefined;
  if (tokens.length > 2 && !isWord(2, 'USING')) fail('USING', 2);
  const values = divided(tokens.slice(3)).map((part) => characters.slice(part[0]?.start, part.at(-1)?.end).join(''));
  if (tokens.length > 2 && values.some((value) => value === '')) fail('a value', tokens.length);
  return { kind: 'execute', ...nameAt(1), values: tokens.length > 2 ? values : [] };
}

/** At the commas that stand in no parentheses or brackets. */
function divided(tokens: readonly SourceToken[]): readonly (readonly SourceToken[])[] {
  const parts: SourceToken[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    depth += '(['.includes(token.text) ? 1 : ')]'.includes(token.text) ? -1 : 0;
    if (token.text === ',' && depth === 0) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}
