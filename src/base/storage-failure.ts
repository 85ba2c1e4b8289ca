import { type ErrorCode, PlayheadError } from './errors.ts';

/** What a failed call of the file system means to a user. */
const codeOf: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'PH_STORAGE_FULL',
  EDQUOT: 'PH_STORAGE_FULL',
  EROFS: 'PH_STORAGE_READ_ONLY',
  EACCES: 'PH_STORAGE_READ_ONLY',
  EPERM: 'PH_STORAGE_READ_ONLY',
};

const hintOf: Partial<Record<ErrorCode, string>> = {
  PH_STORAGE_FULL: 'free some space on that disk; what was acknowledged before is safe',
  PH_STORAGE_READ_ONLY: 'make the directory writable for this user, or name another with --home',
};

/** A file system's error as PH_STORAGE_FULL, PH_STORAGE_READ_ONLY or PH_STORAGE_FAILED; anything else as it is. */
export function storageFailure(cause: unknown, doing: string, path: string): unknown {
  const errno = systemCode(cause);
  if (errno === undefined || cause instanceof PlayheadError) return cause;
  const code = codeOf[errno] ?? 'PH_STORAGE_FAILED';
  const hint = hintOf[code];
  return new PlayheadError(code, `${doing} ${path} failed: ${errno}`, {
    cause,
    details: { path, errno },
    ...(hint === undefined ? {} : { hint }),
  });
}

/** The system's code (`ENOENT`) of an error that has one. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
