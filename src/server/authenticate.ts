import { PlayheadError } from '../base/errors.ts';
import type { ApiKey, ApiKeys } from './api-keys.ts';
import { invalid } from './api-keys.ts';

/** What a key may do: `write` into one stream, or into all. */
export const scopePattern = /^write:(\*|[a-z0-9_-]+\.[a-z0-9_-]+)$/;

export function writeScope(stream: string): string {
  return `write:${stream}`;
}

export function allows({ scopes }: Pick<ApiKey, 'scopes'>, scope: string): boolean {
  return scopes.includes(scope) || scopes.includes('write:*');
}

/** The key of a request that has the scope. PH_API_KEY_INVALID, PH_ACCESS_REFUSED, PH_OVERLOADED. */
export async function authenticated(authorization: string | undefined, scope: string, keys: ApiKeys): Promise<ApiKey> {
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
  if (token === undefined) throw invalid();
  const key = await keys.verify(token);
  if (allows(key, scope)) return key;
  throw new PlayheadError('PH_ACCESS_REFUSED', `the API key "${key.name}" lacks the scope ${scope}`, {
    hint: 'Issue one that has it.',
    details: { scope },
  });
}
