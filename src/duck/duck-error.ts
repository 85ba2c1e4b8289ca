import { type ErrorCode, isPlayheadError, PlayheadError } from '../base/errors.ts';

/** DuckDB names the kind of a failure in front of its message. */
const kinds: Readonly<Record<string, ErrorCode>> = {
  'INTERRUPT Error': 'PH_INTERRUPTED',
  'Parser Error': 'PH_SQL_SYNTAX',
  'Binder Error': 'PH_SQL_INVALID',
  'Catalog Error': 'PH_SQL_INVALID',
};

/**
 * A failure of DuckDB as one of ours: PH_SQL_SYNTAX, PH_SQL_INVALID, PH_INTERRUPTED, PH_STORAGE_FULL or PH_SQL_FAILED,
 * with DuckDB's message. `details.kind` is DuckDB's kind (`Conversion Error`), `details.sql` the start of the statement.
 */
export function duckError(cause: unknown, sql: string): PlayheadError {
  if (isPlayheadError(cause)) return cause;
  const message = (cause instanceof Error ? cause.message : String(cause)).replace(/^Failed to [a-z ]+: /, '');
  const kind = /^[A-Za-z ]+ Error(?=:)/.exec(message)?.[0] ?? '';
  const full = /No space left on device|not enough space/i.test(message);
  const code = full ? 'PH_STORAGE_FULL' : (kinds[kind] ?? 'PH_SQL_FAILED');
  const hint = full
    ? 'free space where the home lies, or move the home to a larger disk'
    : kind === 'Out of Memory Error'
      ? 'raise engine.memoryBytes in the profile, or read fewer partitions at once'
      : undefined;
  return new PlayheadError(code, message, {
    cause,
    ...(hint === undefined ? {} : { hint }),
    details: { kind, sql: sql.length > 500 ? `${sql.slice(0, 499)}…` : sql },
  });
}
