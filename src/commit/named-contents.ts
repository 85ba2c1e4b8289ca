/** A content that a commit names as part of what it did. */
export interface NamedContent {
  readonly key: string;
  readonly etag: string;
}

/**
 * Every content that a commit names, whoever wrote it: all series name what they put by `key` and `etag` (where a commit
 * repeats its plan, the key stands in that), and what they read under `inputs`.
 */
export function* namedContents(commit: unknown): Generator<NamedContent> {
  if (typeof commit !== 'object' || commit === null) return;
  const { key, etag, plan } = commit as Readonly<Record<string, unknown>>; // an object of JSON
  const planned = typeof plan === 'object' && plan !== null && 'key' in plan ? plan.key : undefined;
  const named = key ?? planned;
  if (typeof named === 'string' && typeof etag === 'string') yield { key: named, etag };
  for (const [name, value] of Object.entries(commit)) if (name !== 'inputs') yield* namedContents(value);
}
