/** A content that a commit names as part of what it did. */
export interface NamedContent {
  readonly key: string;
  readonly etag: string;
}

/**
 * Every content that a commit names, whoever wrote it: all series name what they put by `key` and `etag`, and what they read
 * under `inputs`.
 */
export function* namedContents(commit: unknown): Generator<NamedContent> {
  if (typeof commit !== 'object' || commit === null) return;
  if ('key' in commit && 'etag' in commit && typeof commit.key === 'string' && typeof commit.etag === 'string')
    yield { key: commit.key, etag: commit.etag };
  for (const [name, value] of Object.entries(commit)) if (name !== 'inputs') yield* namedContents(value);
}
